"""Checks of what an environment needs, before hours are spent on it."""

from v2meow_pipeline.app.preflight.run import run_checks

__all__ = ["run_checks"]
