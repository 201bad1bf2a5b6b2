"""The tune pipeline: hyperparameter tuning, one study per stage."""

from v2meow_pipeline.pipelines.tune.pipeline import create_pipeline

__all__ = ["create_pipeline"]
