"""The tokenize pipeline."""

from v2meow_pipeline.pipelines.tokenize.pipeline import (
    create_acoustic_pipeline,
    create_audio_prompts_pipeline,
    create_encode_pipeline,
    create_pipeline,
    create_report_pipeline,
    create_semantic_pipeline,
)

__all__ = [
    "create_acoustic_pipeline",
    "create_audio_prompts_pipeline",
    "create_encode_pipeline",
    "create_pipeline",
    "create_report_pipeline",
    "create_semantic_pipeline",
]
