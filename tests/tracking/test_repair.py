"""A project that was moved."""

import shutil
from pathlib import Path

import mlflow
import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tracking.repair import misplaced, repair
from v2meow_pipeline.tracking.runs import TrackingConfig, connect, end_run, log_artifact, start_run


def test_a_moved_project_finds_its_files_again(project: Path, tmp_path: Path) -> None:
    """Catches artifacts, and new runs, that are looked for where the project was before."""
    (project / "note.txt").write_text("x")
    run_id = start_run(project, TrackingConfig(), "test", {}, {})
    log_artifact(project / "note.txt")
    end_run(failed=False)
    client = mlflow.MlflowClient()
    client.create_registered_model("m")
    client.create_model_version("m", f"{mlflow.get_run(run_id).info.artifact_uri}/model")
    client.create_model_version("m", "s3://bucket/a/mlruns/artifacts/b")
    moved = tmp_path / "moved here"
    moved.mkdir()
    shutil.move(project / "mlruns", moved)
    assert [place.endswith("/mlruns/artifacts") for place in misplaced(moved)] == [True]
    # The experiment, the run, and the first version's two addresses.
    assert repair(moved) == 4
    assert misplaced(moved) == [] and repair(moved) == 0
    connect(moved, TrackingConfig())
    assert Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="note.txt")).read_text() == "x"
    assert mlflow.MlflowClient().get_model_version("m", "2").source.startswith("s3://bucket/a")


def test_where_there_is_no_store_nothing_is_made(tmp_path: Path) -> None:
    """Catches a repair in the wrong folder that says all is well."""
    assert misplaced(tmp_path) == []
    with pytest.raises(ConfigError, match="project's folder"):
        repair(tmp_path)
    assert list(tmp_path.iterdir()) == []
