"""Checks of the installation: what generation and training need, with a remedy for each failure."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.errors import V2MeowError

# Free memory and disk space that generation of a ten-second clip and the demo need.
MEMORY_GIB, DISK_GIB = 2.0, 5.0
MLFLOW_PORT = 5000
TRAINING_PACKAGES = ("kedro", "mlflow", "ray", "optuna", "lightning", "great-expectations", "dvc")


class Check(NamedTuple):
    """Result of a check.

    Attributes:
        name: what was checked.
        ok: whether it is as required.
        found: what was found.
        remedy: what to do if not; empty if ok.
        required: whether generation fails without it.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""
    required: bool = True


def run_checks(folder: Path) -> Iterator[Check]:
    """Runs all checks.

    Args:
        folder: folder in which commands will be run.

    Yields:
        One result per check.
    """
    machine = (_versions, check_ffmpeg, check_encoders, _threads, _memory, lambda: _disk(folder), check_temporary)
    for check in (*machine, _release):
        yield check()
    yield _weights("image encoder", _image_features)
    yield _weights("text encoder", _text_features)
    yield check_packages()
    yield _port()


def _versions() -> Check:
    import torch

    from v2meow_pipeline import __version__

    device = "GPU" if torch.cuda.is_available() else "CPU only"
    return Check("versions", True, f"v2meow {__version__}, torch {torch.__version__} ({device})")


def check_ffmpeg() -> Check:
    """Whether ffmpeg runs."""
    from v2meow_pipeline.media.ffmpeg import find_ffmpeg

    try:
        program = find_ffmpeg()
        ran = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=True)
    except V2MeowError as error:
        return Check("ffmpeg", False, error.problem, error.remedy)
    except (OSError, subprocess.SubprocessError) as error:
        return Check("ffmpeg", False, f"does not run: {error}", "Install ffmpeg, or unset V2MEOW_FFMPEG.")
    return Check("ffmpeg", True, f"{ran.stdout.split()[2]} in {program}")


def check_encoders() -> Check:
    """Encoders of ffmpeg for the sound of every container, and for `--encode`."""
    from v2meow_pipeline.media.containers import ENCODERS, TARGETS
    from v2meow_pipeline.media.ffmpeg import find_ffmpeg

    name = "ffmpeg encoders"
    try:
        listed = subprocess.run([find_ffmpeg(), "-encoders"], capture_output=True, text=True, timeout=30, check=True)
    except (V2MeowError, OSError, subprocess.SubprocessError):
        return Check(name, False, "unknown, since ffmpeg does not run", "See ffmpeg.")
    has = {line.split()[1] for line in listed.stdout.splitlines() if len(line.split()) > 1}
    sound = {target.audio_codec for target in TARGETS.values()}
    missing = sorted((sound | {str(options["c:v"]) for options in ENCODERS.values()}) - has)
    remedy = "Install a complete ffmpeg, or `pip install imageio-ffmpeg` and set V2MEOW_FFMPEG to it."
    return Check(name, not missing, f"missing {', '.join(missing)}" if missing else "all", remedy if missing else "")


def _threads() -> Check:
    """More threads than cores slow torch down by a factor of up to five."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = torch.get_num_threads()
    found = f"{threads} on {cores} cores"
    return Check("threads", threads <= cores, found, f"Set OMP_NUM_THREADS={cores}." if threads > cores else "", False)


def _memory() -> Check:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        free = int(lines["MemAvailable"].split()[0]) / 2**20
    remedy = "" if free >= MEMORY_GIB else "Close other programs; generation of a clip needs about 1 GiB."
    return Check("memory", not remedy, f"{free:.1f} GiB free", remedy, False)


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free / 2**30
    remedy = "" if free >= DISK_GIB else f"Free some space: the demo needs {DISK_GIB:g} GiB."
    return Check("disk", not remedy, f"{free:.1f} GiB free in {folder}", remedy, False)


def check_temporary() -> Check:
    """Whether temporary files can be written."""
    try:
        with tempfile.NamedTemporaryFile(prefix="v2meow-") as file:
            return Check("temporary files", True, str(Path(file.name).parent))
    except OSError as error:
        return Check("temporary files", False, str(error), "Set TMPDIR to a folder that you can write to.")


def _release() -> Check:
    from v2meow_pipeline.release import open_release

    try:
        release = open_release()
    except V2MeowError as error:
        return Check("trained models", False, error.problem, error.remedy)
    return Check("trained models", True, f"{release.name}, all files verified")


def _image_features() -> object:
    from v2meow_pipeline.clock import Clock
    from v2meow_pipeline.encoders.image import EfficientNetLite0

    return EfficientNetLite0(Clock())


def _text_features() -> object:
    from v2meow_pipeline.encoders.text import MiniLM

    return MiniLM()


def _weights(name: str, build: Callable[[], object]) -> Check:
    try:
        build()
    except V2MeowError as error:
        return Check(name, False, error.problem, error.remedy)
    return Check(name, True, "weights found")


def check_packages() -> Check:
    """Whether the packages for training and evaluation are installed."""
    missing = [package for package in TRAINING_PACKAGES if not _installed(package)]
    if missing:
        remedy = "To train and evaluate, in the clone: pip install -c constraints.txt -e '.[pipeline]'"
        return Check("training packages", False, f"{', '.join(missing)} not installed", remedy, False)
    return Check("training packages", True, "all installed", required=False)


def _installed(package: str) -> bool:
    try:
        return bool(version(package))
    except PackageNotFoundError:
        return False


def _port() -> Check:
    """Whether `v2meow ui` can listen."""
    with socket.socket() as probe:
        taken = probe.connect_ex(("127.0.0.1", MLFLOW_PORT)) == 0
    remedy = f"If it is not `v2meow ui` itself, start that with --port {MLFLOW_PORT + 1}." if taken else ""
    return Check(f"port {MLFLOW_PORT}", not taken, "in use" if taken else "free", remedy, False)
