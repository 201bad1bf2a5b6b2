"""The stages pipeline."""

from v2meow_pipeline.pipelines.stages.pipeline import create_pipeline

__all__ = ["create_pipeline"]
