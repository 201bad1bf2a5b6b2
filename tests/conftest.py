"""Settings for every test: no phoning home, one thread a process, shapes checked at run time."""

import os

QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "KEDRO_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DVC_NO_ANALYTICS": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
}
os.environ.update(QUIET)

from jaxtyping import install_import_hook  # noqa: E402  (the environment must be set before any import)

install_import_hook(
    ["v2meow_pipeline.models", "v2meow_pipeline.tokenizers", "v2meow_pipeline.encoders"], "beartype.beartype"
)
