"""The diagnose pipeline."""

from v2meow_pipeline.pipelines.diagnose.pipeline import create_pipeline

__all__ = ["create_pipeline"]
