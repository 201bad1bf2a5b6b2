"""The ingest pipeline."""

from v2meow_pipeline.pipelines.ingest.pipeline import create_pipeline

__all__ = ["create_pipeline"]
