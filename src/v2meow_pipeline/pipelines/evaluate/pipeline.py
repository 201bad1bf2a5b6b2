"""Evaluate pipeline: scores generated music beside control systems."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.evaluate import nodes, report_nodes

CLIPS, MANIFEST, SETTINGS = "evaluation_clips", "clip_manifest", "evaluation_settings"
AUDIO, EMBEDDED, FEATURES = "evaluated_audio", "embedded_audio", "visual_features"
SETS = ["generated_audio", "baseline_audio", "resynthesised_audio", "retrieval_audio", "control_audio"]
HEADLINE, CODEC = "params:headline_metrics", "acoustic_tokenizer"
TABLES = ["metrics_flat", "metrics", "metrics_by_clip", "metrics_table", "plots"]
SCORED = [EMBEDDED, "memorisation", "bias_scores", "training_notes", SETTINGS]
MATERIAL = ["scores", "bias", CLIPS, "report_clips", HEADLINE, "provenance"]
REPORT = ["report_material", "params:report", "params:clock", "report_folder"]
# Function, inputs, outputs; a node is named after its function.
NODES: list[tuple[Callable[..., Any], list[str], str | list[str]]] = [
    (nodes.parse_settings, ["params:evaluate", "params:generate.composer.decoder", "params:clock"], SETTINGS),
    (nodes.find_generated_audio, [CLIPS, "generated", SETTINGS], "generated_audio"),
    (nodes.render_baselines, [CLIPS, SETTINGS, "baselines_folder"], "baseline_audio"),
    (nodes.resynthesise, [CLIPS, "tokens", CODEC, SETTINGS], "resynthesised_audio"),
    (nodes.retrieve_training_audio, [CLIPS, MANIFEST, FEATURES, "clip_audio", SETTINGS], "retrieval_audio"),
    (nodes.make_controls, [CLIPS, "clip_audio", SETTINGS], "control_audio"),
    (nodes.combine_audio, SETS, AUDIO),
    (nodes.embed_audio, [AUDIO, CLIPS, MANIFEST, "clip_audio", "models_folder", SETTINGS], EMBEDDED),
    (
        nodes.measure_memorisation,
        [EMBEDDED, MANIFEST, "tokens", FEATURES, SETTINGS],
        ["memorisation", "training_notes"],
    ),
    (nodes.measure_bias, [EMBEDDED, MANIFEST, FEATURES, "music_text", SETTINGS], ["bias_scores", "bias"]),
    (nodes.score_systems, SCORED, "scores"),
    (report_nodes.tabulate_genres, ["scores", CLIPS, "params:evaluate"], "metrics_by_genre"),
    (report_nodes.tabulate_synchrony, ["scores", CLIPS, "params:evaluate"], "metrics_by_synchrony"),
    (report_nodes.tabulate_splits, ["scores", CLIPS], "metrics_by_split"),
    (report_nodes.report_scores, ["scores", HEADLINE, "plots_folder"], TABLES),
    (report_nodes.tabulate_headlines, ["scores", HEADLINE], ["headlines", "headlines_of_the_model"]),
    (report_nodes.select_report_clips, [CLIPS, AUDIO, "params:report.clips"], "report_clips"),
    (report_nodes.describe_provenance, ["generated", CODEC], "provenance"),
    (report_nodes.collect_report_material, MATERIAL, "report_material"),
    (report_nodes.write_evaluation_report, REPORT, "report"),
]


def create_pipeline() -> Pipeline:
    """Creates the evaluate pipeline."""
    return Pipeline([Node(function, inputs, outputs, name=function.__name__) for function, inputs, outputs in NODES])
