"""Diagnose pipeline: measures the quality lost at each step from video to sound."""

from collections.abc import Callable
from typing import Any

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.diagnose import nodes

CLIPS, MODELS, PARAMS, TOKENS = "diagnosis_clips", "diagnosed_models", "params:diagnose", "diagnosis_tokens"
FEATURES, GENERATED, JUDGED, BITS = "visual_features", "diagnosis_generated", "judge_clips", "diagnosis_bits"
TABLES = ["diagnosis_flat", "diagnosis_metrics", "diagnosis_by_clip", "diagnosis_table", "diagnosis_pictures"]
# Function, inputs, outputs; a node is named after its function.
NODES: list[tuple[Callable[..., Any], list[str], str | list[str]]] = [
    (nodes.choose_diagnosed_clips, ["clip_manifest", PARAMS], [CLIPS, JUDGED]),
    (nodes.choose_diagnosed_models, [PARAMS, "params:generate.composer", "models_folder"], MODELS),
    (nodes.encode_diagnosed_clips, [CLIPS, "clip_audio", MODELS, PARAMS, f"{TOKENS}_folder"], TOKENS),
    (nodes.measure_bits, [CLIPS, TOKENS, FEATURES, "music_text", MODELS], BITS),
    (nodes.generate_diagnosed, [CLIPS, TOKENS, FEATURES, MODELS, PARAMS, f"{GENERATED}_folder"], GENERATED),
    (nodes.score_diagnosed, [CLIPS, JUDGED, "clip_audio", GENERATED, MODELS, PARAMS], "diagnosis_scores"),
    (nodes.report_diagnosis, ["diagnosis_scores", BITS, PARAMS, "diagnosis_folder"], TABLES),
]


def create_pipeline() -> Pipeline:
    """Creates the diagnose pipeline."""
    return Pipeline([Node(function, inputs, outputs, name=function.__name__) for function, inputs, outputs in NODES])
