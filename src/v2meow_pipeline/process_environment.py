"""What this process and the ones that it starts tell other packages through the environment.

Set when the package is imported, before any of them is: none may phone home, and none may fail for want of a folder
that can be written to.
"""

import os
import stat
import tempfile
from importlib.util import find_spec
from pathlib import Path

DEFAULTS = {
    "DO_NOT_TRACK": "true",
    "DVC_NO_ANALYTICS": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "KEDRO_DISABLE_TELEMETRY": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # A server that does not answer is given up after three attempts; the seven of MLflow take minutes, for each call.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    # No extra processes beside `v2meow ui`: nothing here is run by MLflow's server.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
}
NUMBA_CACHE = "NUMBA_CACHE_DIR"


def set_environment() -> None:
    """Sets what is not set yet."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    try:
        home = Path.home()
    except RuntimeError:  # neither HOME nor an entry in passwd
        home = _own_folder()
        os.environ["HOME"] = str(home)
    # `ray start` asks for the token where there is one; Ray reads this when it is imported.
    if (home / ".ray" / "auth_token").is_file():
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    if NUMBA_CACHE not in os.environ and not _numba_can_write(home):
        os.environ[NUMBA_CACHE] = str(_own_folder() / "numba")


def _own_folder() -> Path:
    """A temporary folder that nobody else can have put anything into: numba loads code from there."""
    folder = Path(tempfile.gettempdir()) / f"v2meow-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="v2meow-"))
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077
    return folder if ours else Path(tempfile.mkdtemp(prefix="v2meow-"))


def _numba_can_write(home: Path) -> bool:
    """Whether compiled code can lie beside librosa, or in the user's cache."""
    librosa = find_spec("librosa")
    beside = [Path(place) for place in librosa.submodule_search_locations or ()] if librosa else []
    folders = [*(place / "__pycache__" for place in beside), home / ".cache" / "numba"]
    return any(os.access(next(p for p in (folder, *folder.parents) if p.exists()), os.W_OK) for folder in folders)
