"""librosa, compiled by one process at a time.

Importing librosa's beat tracker compiles it and writes each function's machine code into two files, not atomically.
Processes that do so together on a new installation can leave one file of each, and every later call crashes
(numba issue 10128). So whoever needs librosa asks here: the first process compiles while the others wait.
"""

import functools
import importlib
import os
import tempfile
from pathlib import Path
from types import ModuleType

COMPILED_MODULES = ("librosa.core", "librosa.onset", "librosa.feature", "librosa.beat")
"""Modules that compile when they are imported."""


@functools.cache
def loaded_librosa() -> ModuleType:
    """The package, its compiled modules imported.

    Returns:
        `librosa`. The first call after an installation takes some seconds, and waits for other processes' first calls.
    """
    import filelock
    import librosa

    with filelock.FileLock(_cache_folder(librosa) / ".v2meow-compiling.lock"):
        for name in COMPILED_MODULES:
            importlib.import_module(name)
    return librosa


def _cache_folder(librosa: ModuleType) -> Path:
    """Where the lock can lie: beside the compiled code if numba is told where, else beside librosa, else temporary."""
    configured = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(configured) if configured else Path(str(librosa.__file__)).parent / "__pycache__"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())
