"""The generate pipeline."""

from v2meow_pipeline.pipelines.generate.pipeline import RECORD, create_pipeline

__all__ = ["RECORD", "create_pipeline"]
