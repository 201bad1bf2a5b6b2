"""The generate pipeline."""

from v2meow_pipeline.pipelines.generate.pipeline import create_pipeline

__all__ = ["create_pipeline"]
