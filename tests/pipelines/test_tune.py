"""`kedro run --pipeline tune` on the test environment."""

import json
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
import yaml
from tests.support.project import run

pytestmark = [pytest.mark.xdist_group("trained"), pytest.mark.slow]
DATA = Path("data/test")


def test_studies_leave_tables_pictures_runs_and_an_environment(trained: Path) -> None:
    """Catches a study that is not tracked, an environment that Kedro cannot use, and base being written to."""
    base = {path: path.read_bytes() for path in (trained / "conf/base").rglob("*.yml")}
    run(trained, "kedro", "run", "--pipeline", "tune", "--env", "test")
    assert {path: path.read_bytes() for path in (trained / "conf/base").rglob("*.yml")} == base
    for stage in ("semantic", "coarse", "fine"):
        table = pd.read_csv(trained / DATA / f"08_reporting/studies/{stage}.csv")
        assert len(table) == 3 and set(table["state"]) <= {"complete", "pruned"}
        assert (trained / DATA / f"08_reporting/studies/{stage}/history_val_loss.png").is_file()
        best = yaml.safe_load((trained / f"conf/test_tuned/parameters/{stage}.yml").read_text())
        assert set(best[stage]) == {"train", "model"}
    with sqlite3.connect(trained / "mlruns/mlflow.db") as database:
        runs = {part for (part,) in database.execute("select value from tags where key = 'part'")}
        states = {value for (value,) in database.execute("select value from tags where key = 'trial.state'")}
    assert {f"{stage} trial {n}" for stage in ("semantic", "coarse", "fine") for n in range(3)} <= runs
    assert states <= {"complete", "pruned"}
    _use_environment(trained)


def _use_environment(project: Path) -> None:
    """What was found reaches the stages."""
    path = project / "conf/test_tuned/parameters/fine.yml"
    found = yaml.safe_load(path.read_text())
    found["fine"]["model"]["transformer"]["decoder_layers"] = 7
    path.write_text(yaml.safe_dump(found))
    counted = {
        env: json.loads(run(project, "v2meow", "model", "--env", env, "--json")) for env in ("base", "test_tuned")
    }
    sizes = {env: stages["stages"]["fine"]["parameters"] for env, stages in counted.items()}
    assert sizes["test_tuned"] > sizes["base"]


def test_trials_on_ray_run_at_once_and_report_to_the_same_study(trained: Path) -> None:
    """Catches trials on Ray that never reach the journal, the pruner or MLflow."""
    changed = "backend=ray,tune.trials=4,tune.seed=1,ray.cpus=2"
    run(trained, "kedro", "run", "--pipeline", "tune", "--namespaces", "fine", "--env", "test", "--params", changed)
    table = pd.read_csv(trained / DATA / "08_reporting/studies/fine.csv")
    assert len(table) == 4 and set(table["state"]) <= {"complete", "pruned"}
    assert table["steps"].notna().all()
