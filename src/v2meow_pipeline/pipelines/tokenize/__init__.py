"""The tokenize pipeline."""

from v2meow_pipeline.pipelines.tokenize.pipeline import create_pipeline

__all__ = ["create_pipeline"]
