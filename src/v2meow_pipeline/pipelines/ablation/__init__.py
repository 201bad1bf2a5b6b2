"""The ablation pipeline."""

from v2meow_pipeline.pipelines.ablation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
