"""The retrain pipeline: new data, a challenger, a verdict."""

from v2meow_pipeline.pipelines.retrain.pipeline import create_pipeline

__all__ = ["create_pipeline"]
