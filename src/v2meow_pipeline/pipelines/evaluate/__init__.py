"""The evaluate pipeline."""

from v2meow_pipeline.pipelines.evaluate.pipeline import create_pipeline

__all__ = ["create_pipeline"]
