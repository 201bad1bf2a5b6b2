"""Environment variables that configure third-party packages in this process and its subprocesses.

They are set on import of this package, before the others are imported: they disable telemetry, and give users without
a home one for caches.
"""

import os
import stat
import tempfile
from pathlib import Path

DEFAULTS = {
    "DO_NOT_TRACK": "true",
    "DVC_NO_ANALYTICS": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GX_ANALYTICS_ENABLED": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "KEDRO_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # Three attempts per request; MLflow's default of seven blocks for minutes if the server is down.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    # `v2meow ui` needs no job processes: no jobs are submitted to the MLflow server.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}


def set_environment() -> None:
    """Sets the variables that are not set yet."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    try:
        home = Path.home()
    except RuntimeError:  # neither HOME nor an entry in passwd
        home = _own_folder()
        os.environ["HOME"] = str(home)
    # `ray start` requires the token if the file exists; Ray reads this variable on import.
    if (home / ".ray" / "auth_token").is_file():
        os.environ.setdefault("RAY_AUTH_MODE", "token")


def _own_folder() -> Path:
    """Temporary folder that only this user can write to, since packages keep what they load in it."""
    folder = Path(tempfile.gettempdir()) / f"v2meow-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="v2meow-"))
    is_private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return folder if is_private else Path(tempfile.mkdtemp(prefix="v2meow-"))
