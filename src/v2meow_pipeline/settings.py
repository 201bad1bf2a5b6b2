"""Kedro's settings: where configuration is looked for, and which hooks run."""

import warnings

from kedro.config import OmegaConfigLoader

from v2meow_pipeline.hooks.dvc_code_guard import DvcCodeHooks
from v2meow_pipeline.hooks.encoders import EncoderHooks
from v2meow_pipeline.hooks.notify import NotifyHooks
from v2meow_pipeline.hooks.progress import ProgressHooks
from v2meow_pipeline.hooks.ray import RayHooks
from v2meow_pipeline.hooks.registry import RegistryHooks
from v2meow_pipeline.hooks.release import ReleaseHooks
from v2meow_pipeline.hooks.retraining import RetrainingHooks
from v2meow_pipeline.hooks.run import RunHooks
from v2meow_pipeline.hooks.tracking import TrackingHooks
from v2meow_pipeline.run_errors import install

# Both spellings work here.
warnings.filterwarnings("ignore", message="Option '--pipeline' is deprecated")
# After Kedro's own, which shows a traceback of everything.
install()

HOOKS = (
    ReleaseHooks(),
    DvcCodeHooks(),
    EncoderHooks(),
    ProgressHooks(),
    RayHooks(),
    TrackingHooks(),
    RegistryHooks(),
    RetrainingHooks(),
    NotifyHooks(),
    # Of hooks that want to be first, the last one here is: it has to see parameters before a release changes them.
    RunHooks(),
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
