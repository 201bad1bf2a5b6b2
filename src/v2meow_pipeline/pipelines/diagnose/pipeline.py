"""Diagnose pipeline: measures the quality lost at each step from video to sound."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.diagnose.nodes import (
    choose_diagnosed_clips,
    choose_diagnosed_models,
    encode_diagnosed_clips,
    generate_diagnosed,
    measure_bits,
    report_diagnosis,
    score_diagnosed,
)


def create_pipeline() -> Pipeline:
    """Creates the diagnose pipeline."""
    return Pipeline(
        [
            Node(
                choose_diagnosed_clips,
                ["clip_manifest", "params:diagnose"],
                "diagnosis_clips",
                name="choose_diagnosed_clips",
            ),
            Node(
                choose_diagnosed_models,
                ["params:diagnose", "params:generate.composer", "models_folder"],
                "diagnosed_models",
                name="choose_diagnosed_models",
            ),
            Node(
                encode_diagnosed_clips,
                ["diagnosis_clips", "clip_audio", "diagnosed_models", "params:diagnose", "diagnosis_tokens_folder"],
                "diagnosis_tokens",
                name="encode_diagnosed_clips",
            ),
            Node(
                measure_bits,
                ["diagnosis_clips", "diagnosis_tokens", "visual_features", "music_text", "diagnosed_models"],
                "diagnosis_bits",
                name="measure_bits",
            ),
            Node(
                generate_diagnosed,
                {
                    "clips": "diagnosis_clips",
                    "tokens": "diagnosis_tokens",
                    "features": "visual_features",
                    "models": "diagnosed_models",
                    "params": "params:diagnose",
                    "folder": "diagnosis_generated_folder",
                },
                "diagnosis_generated",
                name="generate_diagnosed",
            ),
            Node(
                score_diagnosed,
                {
                    "clips": "diagnosis_clips",
                    "clip_audio": "clip_audio",
                    "generated": "diagnosis_generated",
                    "bits": "diagnosis_bits",
                    "models": "diagnosed_models",
                    "params": "params:diagnose",
                },
                "diagnosis_scores",
                name="score_diagnosed",
            ),
            Node(
                report_diagnosis,
                ["diagnosis_scores", "params:diagnose", "diagnosis_folder"],
                [
                    "diagnosis_flat",
                    "diagnosis_metrics",
                    "diagnosis_by_clip",
                    "diagnosis_table",
                    "diagnosis_pictures",
                ],
                name="report_diagnosis",
            ),
        ]
    )
