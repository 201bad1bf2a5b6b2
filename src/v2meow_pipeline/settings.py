"""Kedro project settings: configuration loader and hooks."""

import warnings

from kedro.config import OmegaConfigLoader

from v2meow_pipeline.hooks.dvc_code_guard import DvcCodeHooks
from v2meow_pipeline.hooks.encoders import EncoderHooks
from v2meow_pipeline.hooks.executor import ExecutorHooks
from v2meow_pipeline.hooks.notify import NotifyHooks
from v2meow_pipeline.hooks.progress import ProgressHooks
from v2meow_pipeline.hooks.registry import RegistryHooks
from v2meow_pipeline.hooks.release import ReleaseHooks
from v2meow_pipeline.hooks.retraining import RetrainingHooks
from v2meow_pipeline.hooks.run import RunHooks
from v2meow_pipeline.hooks.tracking import TrackingHooks
from v2meow_pipeline.run_errors import install

# Both --pipeline and --pipelines work here.
warnings.filterwarnings("ignore", message="Option '--pipeline' is deprecated")
# Must follow Kedro's exception hook, which shows a traceback of every error.
install()

HOOKS = (
    ReleaseHooks(),
    DvcCodeHooks(),
    EncoderHooks(),
    ProgressHooks(),
    ExecutorHooks(),
    TrackingHooks(),
    RegistryHooks(),
    RetrainingHooks(),
    NotifyHooks(),
    # Last, since the last `tryfirst` hook is called first: it must read parameters before the release changes them.
    RunHooks(),
)
DISABLE_HOOKS_FOR_PLUGINS = ("kedro-telemetry",)

CONFIG_LOADER_CLASS = OmegaConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # "soft" merges nested keys, so that an environment contains only the values that differ from base.
    "merge_strategy": {"parameters": "soft", "catalog": "soft", "mlflow": "soft", "notify": "soft"},
    "config_patterns": {"mlflow": ["mlflow*"], "notify": ["notify*"], "airflow": ["airflow*"]},
}
