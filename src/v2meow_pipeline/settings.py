"""Kedro's settings: where configuration is looked for, and which hooks run."""

from kedro.config import OmegaConfigLoader

from v2meow_pipeline.hooks import ProgressHooks, TrackingHooks

HOOKS = (ProgressHooks(), TrackingHooks())
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-telemetry",)

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment holds only what differs: without "soft" its files would drop the sibling keys of base.
    "merge_strategy": {"parameters": "soft", "catalog": "soft", "mlflow": "soft"},
    "config_patterns": {"mlflow": ["mlflow*"]},
}
