"""The tune pipeline: a study for each stage."""

from v2meow_pipeline.pipelines.tune.pipeline import create_pipeline

__all__ = ["create_pipeline"]
