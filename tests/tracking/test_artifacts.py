"""What a run keeps of what it wrote."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.checkpoint import save_checkpoint
from v2meow_pipeline.tokenizers.picture import save_spectrograms
from v2meow_pipeline.tracking.artifacts import log_dataset
from v2meow_pipeline.tracking.lineage import clips_fingerprint, log_clips
from v2meow_pipeline.tracking.runs import run_tags


def _run_id() -> str:
    active = mlflow.active_run()
    assert active is not None
    return active.info.run_id


def _artifacts(folder: str | None = None) -> list[str]:
    return [item.path for item in mlflow.MlflowClient().list_artifacts(_run_id(), folder)]


def _manifest() -> pd.DataFrame:
    rows = {"clip_id": ["a", "b", "c"], "split": ["train", "train", "val"], "sha256": ["1", "2", "3"]}
    return pd.DataFrame({**rows, "start_s": [0.0, 10.0, 0.0], "end_s": [10.0, 20.0, 10.0]})


def test_curves_can_be_compared_between_runs(tracked: Path) -> None:
    """Catches curves that only the child of a run has, where two runs cannot be laid over each other."""
    curves = {"val/loss": [[2, 3.0], [4, 2.5]], "train/loss": [[1, float("nan")], [2, 4.0]]}
    save_checkpoint(tracked / "semantic", {"curves": curves}, {"w": np.zeros(1, np.float32)})
    log_dataset("curves", "semantic.checkpoint", tracked / "semantic", None)
    history = mlflow.MlflowClient().get_metric_history(_run_id(), "curve/semantic/val_loss")
    assert [(point.step, point.value) for point in history] == [(2, 3.0), (4, 2.5)]
    assert len(mlflow.MlflowClient().get_metric_history(_run_id(), "curve/semantic/train_loss")) == 1


def test_tables_and_pictures_are_kept_where_the_ui_shows_them(tracked: Path) -> None:
    """Catches Parquet files that nobody can look at, and pictures that cannot be laid beside those of other runs."""
    (tracked / "examples").mkdir()
    save_spectrograms({"x": np.ones(4000, np.float32)}, 16_000, tracked / "examples" / "one.png")
    (tracked / "examples" / "one.wav").write_bytes(b"RIFF")
    log_dataset("pictures", "examples", tracked / "examples", None)
    table = pd.DataFrame({"clip": ["a"], "score": [1.0]})
    table.to_parquet(tracked / "scores.parquet")
    log_dataset("table", "scores", tracked / "scores.parquet", table)
    assert set(_artifacts()) == {"examples", "images", "scores.parquet", "tables"}
    assert _artifacts("tables") == ["tables/scores.json"]
    assert any(name.startswith("images/examples~one") for name in _artifacts("images"))
    assert set(_artifacts("examples")) == {"examples/one.png", "examples/one.wav"}


def test_an_empty_table_is_no_failure(tracked: Path) -> None:
    """Catches a run that fails because nothing was rejected."""
    table = pd.DataFrame({"clip": [], "reason": []})
    table.to_parquet(tracked / "quarantine.parquet")
    log_dataset("table", "quarantine", tracked / "quarantine.parquet", table)
    assert "quarantine.parquet" in _artifacts()


def test_a_run_says_which_clips_it_saw(tracked: Path) -> None:
    """Catches a score that nobody can tell the data of."""
    mlflow.set_tag("dvc.data/01_raw", "0123.dir")
    log_clips(_manifest(), tracked / "manifest.parquet", run_tags() or {})
    run = mlflow.get_run(_run_id())
    tags = [{tag.key: tag.value for tag in given.tags} for given in run.inputs.dataset_inputs]
    assert sorted(given["mlflow.data.context"] for given in tags) == ["train", "val"]
    assert all(given["dvc.data/01_raw"] == "0123.dir" for given in tags)
    assert run.data.tags["clips.fingerprint"] == clips_fingerprint(_manifest())
    assert run.data.tags["clips.count"] == "3"


@pytest.mark.parametrize("column", ["clip_id", "split", "sha256", "start_s"])
def test_other_clips_have_another_fingerprint(column: str) -> None:
    """Catches data that changed under the same name."""
    changed = _manifest()
    changed.loc[0, column] = 99.0 if column == "start_s" else "other"
    assert clips_fingerprint(changed) != clips_fingerprint(_manifest())
    assert clips_fingerprint(_manifest().assign(tempo_bpm=1.0)) == clips_fingerprint(_manifest())


def test_without_a_run_nothing_is_kept(tmp_path: Path) -> None:
    """Catches library code that makes a database wherever it is called."""
    log_dataset("artifact", "x", tmp_path, None)
    assert log_clips(_manifest(), tmp_path / "m.parquet", {}) is None
    assert mlflow.active_run() is None
