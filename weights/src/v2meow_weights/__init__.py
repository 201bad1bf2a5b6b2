"""Trained models of v2meow. This package holds files; v2meow_pipeline.release finds and checks them."""

__version__ = "1.3.1"
