"""Import of librosa under a file lock, so that only one process at a time compiles its numba functions.

Importing librosa's beat tracker compiles it; numba caches the machine code of each function in two files, not
atomically. Several processes that do so at the same time on a new installation can leave inconsistent cache files, with
which every later call crashes (numba issue 10128). All code that uses librosa therefore imports it through
`loaded_librosa`: the first process compiles while the others wait.
"""

import functools
import importlib
import os
import tempfile
from pathlib import Path
from types import ModuleType

COMPILED_MODULES = ("librosa.core", "librosa.onset", "librosa.feature", "librosa.beat")
"""Modules that are compiled on import."""


@functools.cache
def loaded_librosa() -> ModuleType:
    """librosa with its compiled modules imported.

    Returns:
        The package. The first call after an installation takes some seconds and waits for other processes' first calls.
    """
    import filelock
    import librosa

    with filelock.FileLock(_cache_folder(librosa) / ".v2meow-compiling.lock"):
        for name in COMPILED_MODULES:
            importlib.import_module(name)
    return librosa


def _cache_folder(librosa: ModuleType) -> Path:
    """Directory of the lock file: numba's cache directory if configured, else librosa's, else the temporary one."""
    configured = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(configured) if configured else Path(str(librosa.__file__)).parent / "__pycache__"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())
