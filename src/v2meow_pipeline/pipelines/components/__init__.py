"""The components pipeline: evaluation of each trained component."""

from v2meow_pipeline.pipelines.components.pipeline import create_pipeline

__all__ = ["create_pipeline"]
