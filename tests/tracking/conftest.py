"""A store of runs for each test: a copy of one empty database, since making one takes seconds."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from v2meow_pipeline.tracking.runs import TrackingConfig, end_run, start_run


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database without experiments of ours."""
    project = tmp_path_factory.mktemp("store")
    uri = f"sqlite:///{project / 'mlflow.db'}"
    mlflow.MlflowClient(uri).search_experiments()
    return project / "mlflow.db"


@pytest.fixture
def project(tmp_path: Path, empty_database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a store of its own; a run that a test leaves open is ended."""
    monkeypatch.delenv("V2MEOW_TRACKING_URI", raising=False)
    (tmp_path / "mlruns").mkdir()
    shutil.copy(empty_database, tmp_path / "mlruns" / "mlflow.db")
    yield tmp_path
    end_run(failed=False)


@pytest.fixture
def tracked(project: Path) -> Path:
    """The same with a run."""
    start_run(project, TrackingConfig(), "test", {}, {})
    return project
