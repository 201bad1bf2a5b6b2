"""Evaluate pipeline: scores generated music beside control systems."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.evaluate.nodes import (
    report_scores,
    score_systems,
    tabulate_genres,
    tabulate_headlines,
    tabulate_splits,
    tabulate_synchrony,
    write_evaluation_report,
)


def create_pipeline() -> Pipeline:
    """Creates the evaluate pipeline."""
    return Pipeline(
        [
            Node(
                score_systems,
                {
                    "clips": "evaluation_clips",
                    "manifest": "clip_manifest",
                    "clip_audio": "clip_audio",
                    "tokens": "tokens",
                    "visual_features": "visual_features",
                    "music_text": "music_text",
                    "generated": "generated",
                    "acoustic_tokenizer": "acoustic_tokenizer",
                    "params": "params:evaluate",
                    "decoder": "params:generate.composer.decoder",
                    "clock": "params:clock",
                    "baselines": "baselines_folder",
                    "shown": "params:report.clips",
                },
                ["scores", "bias", "shown_clips"],
                name="score_systems",
            ),
            Node(
                tabulate_genres,
                ["scores", "evaluation_clips", "params:evaluate"],
                "metrics_by_genre",
                name="tabulate_genres",
            ),
            Node(
                tabulate_synchrony,
                ["scores", "evaluation_clips", "params:evaluate"],
                "metrics_by_synchrony",
                name="tabulate_synchrony",
            ),
            Node(tabulate_splits, ["scores", "evaluation_clips"], "metrics_by_split", name="tabulate_splits"),
            Node(
                report_scores,
                ["scores", "params:headline_metrics", "plots_folder"],
                ["metrics_flat", "metrics", "metrics_by_clip", "metrics_table", "plots"],
                name="report_scores",
            ),
            Node(
                tabulate_headlines,
                ["scores", "params:headline_metrics"],
                ["headlines", "headlines_of_the_model"],
                name="tabulate_headlines",
            ),
            Node(
                write_evaluation_report,
                {
                    "result": "scores",
                    "bias": "bias",
                    "clips": "evaluation_clips",
                    "shown": "shown_clips",
                    "headline": "params:headline_metrics",
                    "generated": "generated",
                    "acoustic_tokenizer": "acoustic_tokenizer",
                    "params": "params:report",
                    "clock": "params:clock",
                    "folder": "report_folder",
                },
                "report",
                name="write_evaluation_report",
            ),
        ]
    )
