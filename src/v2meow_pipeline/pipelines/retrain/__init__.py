"""The retrain pipeline: detects new data, trains a challenger, and decides on its promotion."""

from v2meow_pipeline.pipelines.retrain.pipeline import create_pipeline

__all__ = ["create_pipeline"]
