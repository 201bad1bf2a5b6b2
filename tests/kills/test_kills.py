"""Every command, killed at a random moment, completes when it is run again, as if nothing had happened.

pytest tests/kills -m slow                                    # two kills a command
V2MEOW_KILLS=12 pytest tests/kills -m slow -s                 # about a hundred in all; prints the matrix
V2MEOW_KILLS=12 V2MEOW_FIRST_KILL=6 pytest tests/kills -m slow -s    # the second half of them
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import psutil
import pytest
import yaml
from tests.support.project import make_dvc_project, make_project, run, start

from v2meow_pipeline.app.demo import real_clip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3 * 3600)]
KILLS, FIRST_KILL = int(os.environ.get("V2MEOW_KILLS", "2")), int(os.environ.get("V2MEOW_FIRST_KILL", "0"))
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
DATA, SCORES = Path("data/test"), "08_reporting/metrics.json"
STAGES = ("semantic", "coarse", "fine")
# How long processes that were told to end may take. When a run on Ray is killed, Ray's two agents still try to report
# the end of the node for one minute, a constant of Ray's `publish_error_to_driver`.
PATIENCE_S = 90.0


class Killed(NamedTuple):
    """A command that is killed.

    Attributes:
        words: the command.
        trained: whether it needs the models of a training.
        result: what has to be the same as after an uninterrupted run.
        prepare: what is done to a project before it.
        make: makes a project without models.
    """

    words: tuple[str, ...]
    trained: bool
    result: Callable[[Path], object]
    prepare: Callable[[Path], object] = lambda project: None
    make: Callable[[Path], Path] = make_project


def weights(project: Path) -> dict[str, str]:
    """A hash of the weights of each stage."""
    found = {stage: project / DATA / "06_models" / stage / "checkpoint/weights.safetensors" for stage in STAGES}
    return {stage: hashlib.sha256(path.read_bytes()).hexdigest() for stage, path in found.items()}


def manifest(project: Path) -> str:
    return hashlib.sha256((project / DATA / "02_intermediate/clip_manifest.parquet").read_bytes()).hexdigest()


def scores(project: Path) -> object:
    return json.loads((project / DATA / SCORES).read_text())["summary"]


def music(project: Path) -> str:
    return hashlib.sha256((project / "out.mp4").read_bytes()).hexdigest()


def tuned(project: Path) -> dict[str, object]:
    """The best parameters of each stage, and the loss of every finished trial.

    A trial that was killed is repeated under the next number, so numbers may differ.
    """
    files = sorted((project / "conf/test_tuned/parameters").glob("*.yml"))
    tables = {stage: pd.read_csv(project / DATA / f"08_reporting/studies/{stage}.csv") for stage in STAGES}
    finished = {stage: table[table["state"] != "fail"] for stage, table in tables.items()}
    best: dict[str, object] = {path.name: yaml.safe_load(path.read_text()) for path in files}
    return best | {stage: rows[["state", "val_loss"]].to_csv(index=False) for stage, rows in finished.items()}


def decision(project: Path) -> object:
    """How each round of retraining ended, and what is left of its models.

    The report of a run that was killed after the promotion is that of the next run, which finds nothing new.
    """
    files = sorted(project.rglob("rounds/*/decision.json"))
    found = [json.loads(path.read_text()) for path in files]
    outcomes = [{key: values[key] for key in ("outcome", "round", "settled")} for values in found]
    return outcomes, len(list(project.rglob("rounds/*/models")))


def promote(project: Path) -> str:
    return run(project, "v2meow", "registry", "promote", "--yes", "--env", "test")


def made_by_dvc(project: Path) -> dict[str, str]:
    """A hash of everything that the stages made."""
    stages = yaml.safe_load((project / "dvc.lock").read_text())["stages"]
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}


KEDRO = ("kedro", "run", "--env", "test", "--pipelines")
COMMANDS = {
    "first run": Killed((*KEDRO, "ingest"), False, manifest),
    "train": Killed((*KEDRO, "train", "--params", "backend=local"), False, weights),
    "train on Ray": Killed((*KEDRO, "train", "--params", "backend=ray"), False, weights),
    "evaluate": Killed((*KEDRO, "evaluate"), True, scores),
    "generate": Killed(
        ("v2meow", "generate", str(real_clip()), "-o", "out.mp4", "--overwrite", "--model", str(DATA / "06_models")),
        True,
        music,
    ),
    "tune": Killed((*KEDRO, "tune"), True, tuned),
    "retrain": Killed(
        (*KEDRO, "retrain", "--params", "corpus.synthetic.clips.train=14"), True, decision, prepare=promote
    ),
    "dvc repro": Killed(("dvc", "repro"), False, made_by_dvc, make=make_dvc_project),
}


def states(project: Path) -> set[str]:
    database = project / "mlruns" / "mlflow.db"
    if not database.exists():
        return set()
    with sqlite3.connect(database) as connection:
        return {state for (state,) in connection.execute("SELECT status FROM runs")}


def processes(project: Path) -> list[psutil.Process]:
    """Those that work in the project."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(project) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return found


def ended(project: Path) -> bool:
    """Whether the processes of a killed command are gone after a while."""
    deadline = time.monotonic() + PATIENCE_S
    while processes(project) and time.monotonic() < deadline:
        time.sleep(0.2)
    return not processes(project)


@pytest.fixture
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Killed], Path]:
    """A new project for a command, with models where it needs them."""
    count = iter(range(1000))

    def make(killed: Killed) -> Path:
        project = tmp_path / f"project-{next(count)}"
        if not killed.trained:
            return killed.make(project)
        shutil.copytree(request.getfixturevalue("trained"), project, symlinks=True)
        shutil.rmtree(project / DATA / "07_model_output", ignore_errors=True)
        shutil.rmtree(project / DATA / "08_reporting", ignore_errors=True)
        killed.prepare(project)
        return project

    return make


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.xdist_group("trained")
def test_a_killed_command_completes_when_it_is_run_again(name: str, fresh: Callable[[Killed], Path]) -> None:
    """Catches results that differ, runs that stay open, processes and files that are left, and commands that fail."""
    killed = COMMANDS[name]
    whole = fresh(killed)
    started = time.monotonic()
    run(whole, *killed.words)
    lasts_s, expected = time.monotonic() - started, killed.result(whole)
    for number in range(FIRST_KILL, KILLS):
        rng = random.Random(f"{name} {number}")
        how, after_s = SIGNALS[number % len(SIGNALS)], rng.uniform(0.02, 0.98) * lasts_s
        project = fresh(killed)
        process = start(project, *killed.words)
        time.sleep(after_s)
        done = process.poll() is not None
        process.send_signal(how)  # nothing, if it has ended
        process.communicate()
        what = f"{name}, {how.name} after {after_s:.1f} of {lasts_s:.1f} s"
        assert ended(project), f"{what}: {[p.cmdline() for p in processes(project)]} are left"
        run(project, *killed.words)
        assert killed.result(project) == expected, f"{what}: another result"
        assert not states(project) & {"RUNNING", "SCHEDULED"}, f"{what}: {states(project)}"
        left = [path for path in project.rglob("*.partial*") if "/." in str(path)]
        assert not left, f"{what}: {left} are left"
        print(f"\n{what}{' (it had ended)' if done else ''}: as if nothing had happened", flush=True)
        shutil.rmtree(project)
