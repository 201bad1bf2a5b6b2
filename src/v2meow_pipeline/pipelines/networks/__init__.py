"""The networks pipeline: training of encoders and tokenizers on the corpus."""

from v2meow_pipeline.pipelines.networks.pipeline import create_pipeline

__all__ = ["create_pipeline"]
