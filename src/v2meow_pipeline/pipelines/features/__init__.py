"""The features pipeline."""

from v2meow_pipeline.pipelines.features.pipeline import (
    EXTRACT,
    create_judge_pipeline,
    create_pipeline,
    create_predictor_pipeline,
)

__all__ = ["EXTRACT", "create_judge_pipeline", "create_pipeline", "create_predictor_pipeline"]
