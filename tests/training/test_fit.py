"""Training: it learns, it resumes exactly, it skips what is done."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from tests.support.project import ROOT
from tests.support.stage_corpus import corpus, job, weights

from v2meow_pipeline.checkpoint import previous_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.train import train
from v2meow_pipeline.models.checkpointing import load_stage
from v2meow_pipeline.training.network_job import NetworkTraining
from v2meow_pipeline.training.result import result_of
from v2meow_pipeline.training.trainer import fit

KILLED = """
import sys
from pathlib import Path
import torch
sys.path[:0] = [{root!r}]
torch.set_num_threads(1)
from tests.support.stage_corpus import job
from v2meow_pipeline.training.trainer import fit
fit(job(max_steps=100), Path({workspace!r}))
"""


@pytest.mark.parametrize("stage", ["semantic", "coarse", "fine"])
def test_each_stage_learns_a_corpus_that_can_be_learned(stage: str, tmp_path: Path) -> None:
    """Catches a loss that is not connected to the weights, or targets out of step with their inputs."""
    levels = {"semantic": 1, "coarse": 2, "fine": 3}[stage]
    result = fit(job(stage, max_steps=60, lr=1e-2), tmp_path)
    first, last = result.curves["train/loss"][0][1], result.curves["train/loss"][-1][1]
    assert last < 0.45 * first
    assert result.metrics["val/loss"] < 0.5 * first and result.metrics["val/accuracy"] > 0.5
    assert {f"val/perplexity_level_{i}" for i in range(levels)} <= set(result.metrics)
    if stage == "semantic":
        assert result.metrics["val/loss_unconditioned"] > result.metrics["val/loss"]
    load_stage(result.path, stage=stage)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["checkpoint"]


def test_one_batch_is_learned_by_heart(tmp_path: Path) -> None:
    """Catches a model that cannot fit even what it has seen (a leak the other way: inputs that do not reach it)."""
    data = corpus()
    data = data._replace(train=data.train[:2], val=data.train[:2])
    result = fit(job(max_steps=80, lr=1e-2, val_every=80, model={"crop_s": 10.0}, data=data), tmp_path)
    assert result.metrics["val/loss"] < 0.1


def test_a_finished_job_is_not_trained_again_and_a_changed_one_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Catches work that is done twice, stale weights, and hours of work that are thrown away or replaced in silence."""
    first = train(job(max_steps=6, val_every=3), tmp_path, Executor())
    written = (first.path / "config.json").stat().st_mtime_ns
    again = train(job(max_steps=6, val_every=3), tmp_path, Executor())
    assert "It is replaced when the training ends" not in caplog.text
    assert again == first and (first.path / "config.json").stat().st_mtime_ns == written
    other = train(job(max_steps=6, val_every=3, lr=5e-4), tmp_path, Executor())
    assert other.fingerprint != first.fingerprint and other.metrics != first.metrics
    assert result_of(previous_of(other.path)).metrics == first.metrics
    assert f"kept as {previous_of(other.path)}" in caplog.text


def test_finished_trainings_stay_current() -> None:
    """Catches a new name or default in a specification, after which every trained stage and network is stale."""
    spec = NetworkTraining(name="duel", settings={"width": 3}, clock=Clock(), trained_on="pairs")
    assert (job().fingerprint, spec.fingerprint()) == ("66c407c094b3fc62", "bf14a92a77519315")


def test_the_last_step_is_validated_whatever_the_intervals(tmp_path: Path) -> None:
    """Catches weights that are never saved because no validation fell on the end."""
    result = fit(job(max_steps=7, val_every=5), tmp_path)
    assert [step for step, _ in result.curves["val/loss"]] == [5, 7]


def test_a_budget_of_minutes_ends_a_run_with_a_checkpoint(tmp_path: Path) -> None:
    """Catches a run that overstays, or one that stops without saving."""
    result = fit(job(max_steps=100_000, max_minutes=0.02), tmp_path)
    assert 0 < result.curves["val/loss"][-1][0] < 100_000
    load_stage(result.path)


def test_a_killed_run_ends_with_the_very_weights_of_one_that_was_not(tmp_path: Path) -> None:
    """Catches a resume that repeats batches, forgets the optimiser, draws other dropout or loses the best weights."""
    torch.set_num_threads(1)  # as in the process that is killed: sums of other threads round differently
    straight = fit(job(max_steps=100), tmp_path / "straight")
    workspace = tmp_path / "killed"
    script = KILLED.format(root=str(ROOT), workspace=str(workspace))
    process = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        deadline = time.monotonic() + 120
        while not all((workspace / name).exists() for name in ("best", "last.ckpt")) and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (workspace / "last.ckpt").exists() and not (workspace / "checkpoint").exists()
    resumed = fit(job(max_steps=100), workspace)
    assert resumed.curves == straight.curves and resumed.metrics == straight.metrics
    assert weights(resumed.path) == weights(straight.path)


def test_training_says_nothing_but_its_progress(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Catches Lightning's tips and warnings in a person's terminal, and a run without any sign of life."""
    fit(job(max_steps=3, val_every=3), tmp_path)
    out, err = capfd.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert err.startswith("semantic stage: step 3/3 in ")
