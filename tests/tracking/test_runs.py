"""MLflow runs."""

import pickle
import subprocess
import time
from pathlib import Path

import mlflow
import pytest
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from v2meow_pipeline.tracking.provenance import git_tags
from v2meow_pipeline.tracking.runs import TrackingConfig, child_run, end_run, log_artifact, log_metrics, start_run


@pytest.fixture
def run_id(project: Path) -> str:
    """A run in a store of its own."""
    params = {"a": {"b": 1, "c": list(range(400))}, **{f"p{index}": index for index in range(150)}}
    return start_run(project, TrackingConfig(), "test", params, {"git.commit": "abc"})


def test_a_run_keeps_what_it_is_told(tmp_path: Path, run_id: str) -> None:
    """Catches lost parameters (MLflow takes 100 a call, 500 letters each), NaN drawn as a score, and lost files."""
    (tmp_path / "file.txt").write_text("x")
    log_metrics({"good": 1.5, "none": float("nan")})
    log_artifact(tmp_path / "file.txt")
    with child_run("semantic", {"lr": 0.1}) as handle:
        assert handle is not None
        (logger,) = pickle.loads(pickle.dumps(handle)).loggers()  # as a worker on another machine has it
        logger.log_metrics({"train/loss": 2.0}, step=3)
        logger.finalize("success")
        child = handle.run_id
    end_run(failed=False)
    client = mlflow.MlflowClient()
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["a.b"] == "1"
    assert len(run.data.params) == 152
    assert {key: value for key, value in run.data.metrics.items() if not key.startswith("system/")} == {"good": 1.5}
    assert run.data.tags["git.commit"] == "abc"
    assert [item.path for item in client.list_artifacts(run_id)] == ["file.txt"]
    assert client.get_run(child).data.tags["mlflow.parentRunId"] == run_id
    assert client.get_metric_history(child, "train/loss")[0].step == 3


def test_curves_are_written_together(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a database write for every logged step, which costs more than many a step."""
    writes: list[int] = []
    original = SqlAlchemyStore.log_batch

    def counted(store: SqlAlchemyStore, run_id: str, metrics: list, params: list, tags: list) -> None:
        writes.append(len(metrics))
        original(store, run_id, metrics, params, tags)

    monkeypatch.setattr(SqlAlchemyStore, "log_batch", counted)
    start_run(project, TrackingConfig(system_metrics_every_s=None), "test", {}, {})
    with child_run("semantic", {}) as handle:
        (logger,) = handle.loggers()
        for step in range(200):
            logger.log_metrics({"train/loss": 1.0}, step=step)
        logger.finalize("success")
        child = handle.run_id
    monkeypatch.undo()
    assert sum(writes) == len(mlflow.MlflowClient().get_metric_history(child, "train/loss")) == 200
    assert len(writes) < 10


def test_a_child_can_be_told_from_those_of_other_variants(project: Path) -> None:
    """Catches five runs called "semantic"."""
    start_run(project, TrackingConfig(), "stages vit", {}, {"variant": "vit", "git.commit": "abc"})
    with child_run("semantic", {}) as handle:
        child = mlflow.get_run(handle.run_id)
    assert child.info.run_name == "semantic vit"
    assert child.data.tags["part"] == "semantic" and child.data.tags["git.commit"] == "abc"


def test_what_the_machine_did_is_kept(project: Path) -> None:
    """Catches runs whose memory and processor time nobody can look up."""
    run_id = start_run(project, TrackingConfig(system_metrics_every_s=0.1), "test", {}, {})
    time.sleep(1.5)
    end_run(failed=False)
    assert mlflow.get_run(run_id).data.metrics["system/system_memory_usage_megabytes"] > 0


def test_a_failed_run_is_shown_as_failed(run_id: str) -> None:
    """Catches a crash that looks like a result."""
    end_run(failed=True)
    assert mlflow.MlflowClient().get_run(run_id).info.status == "FAILED"


def test_without_a_run_nothing_is_tracked(tmp_path: Path) -> None:
    """Catches library code that makes a database wherever it is called."""
    log_metrics({"x": 1.0})
    log_artifact(tmp_path)
    with child_run("semantic", {}) as handle:
        assert handle is None
    assert mlflow.active_run() is None


def test_commit_and_dirty_flag(tmp_path: Path) -> None:
    """Catches results whose code cannot be found again."""
    assert git_tags(tmp_path) == {"git.commit": "unknown"}
    for words in (
        ["init", "-q"],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "--allow-empty", "-m", "x"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    assert git_tags(tmp_path)["git.dirty"] == "false"
    (tmp_path / "new").touch()
    assert git_tags(tmp_path)["git.dirty"] == "true"
    assert len(git_tags(tmp_path)["git.commit"]) == 40
