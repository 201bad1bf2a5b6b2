"""The features pipeline."""

from v2meow_pipeline.pipelines.features.pipeline import (
    create_judge_pipeline,
    create_pipeline,
    create_predictor_pipeline,
)

__all__ = ["create_judge_pipeline", "create_pipeline", "create_predictor_pipeline"]
