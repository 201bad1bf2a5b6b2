"""Kedro's settings: where configuration is looked for, and which hooks run."""

import os

# Before anything imports them: none of these may phone home, however the run is started.
for name, value in {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "KEDRO_DISABLE_TELEMETRY": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}.items():
    os.environ.setdefault(name, value)

from kedro.config import OmegaConfigLoader  # noqa: E402

from v2meow_pipeline.hooks import (  # noqa: E402
    NotifyHooks,
    ProgressHooks,
    RayHooks,
    RegistryHooks,
    ReproHooks,
    RetrainingHooks,
    TrackingHooks,
)
from v2meow_pipeline.release_hooks import ReleaseHooks  # noqa: E402

HOOKS = (
    ReleaseHooks(),
    ReproHooks(),
    ProgressHooks(),
    RayHooks(),
    TrackingHooks(),
    RegistryHooks(),
    RetrainingHooks(),
    NotifyHooks(),
)
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-telemetry",)

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment holds only what differs: without "soft" its files would drop the sibling keys of base.
    "merge_strategy": {"parameters": "soft", "catalog": "soft", "mlflow": "soft", "notify": "soft"},
    "config_patterns": {"mlflow": ["mlflow*"], "notify": ["notify*"], "airflow": ["airflow*"]},
}
