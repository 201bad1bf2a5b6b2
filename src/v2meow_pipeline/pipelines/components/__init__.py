"""The components pipeline: what each trained part is worth by itself."""

from v2meow_pipeline.pipelines.components.pipeline import create_pipeline

__all__ = ["create_pipeline"]
