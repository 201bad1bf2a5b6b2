"""Environment variables that configure third-party packages in this process and its subprocesses.

They are set on import of this package, before the others are imported: they disable telemetry, and provide a writable
cache folder.
"""

import os
import stat
import tempfile
from importlib.util import find_spec
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
NUMBA_CACHE = "NUMBA_CACHE_DIR"


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
    if NUMBA_CACHE not in os.environ and not _numba_can_write(home):
        os.environ[NUMBA_CACHE] = str(_own_folder() / "numba")


def _own_folder() -> Path:
    """Temporary folder that only this user can write to, since numba loads code from it."""
    folder = Path(tempfile.gettempdir()) / f"v2meow-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="v2meow-"))
    is_private = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return folder if is_private else Path(tempfile.mkdtemp(prefix="v2meow-"))


def _numba_can_write(home: Path) -> bool:
    """Whether numba can write its cache beside librosa or in the user's cache folder."""
    librosa = find_spec("librosa")
    packages = [Path(package) for package in librosa.submodule_search_locations or ()] if librosa else []
    folders = [*(package / "__pycache__" for package in packages), home / ".cache" / "numba"]
    return any(os.access(next(p for p in (folder, *folder.parents) if p.exists()), os.W_OK) for folder in folders)
