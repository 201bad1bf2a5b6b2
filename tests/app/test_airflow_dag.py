"""The Airflow DAG: what kedro-airflow writes today, and that Airflow takes it."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.support.project import ROOT, make_project, run

DAG = "v2meow_pipeline_retrain_dag.py"
CHECK = """
import sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert not bag.import_errors, bag.import_errors
(dag,) = bag.dags.values()
assert dag.dag_id == "v2meow_retrain" and dag.max_active_runs == 1 and not dag.catchup
assert dag.schedule == "0 3 * * 1", dag.schedule
(task,) = dag.tasks
assert task.task_id == "retrain"
print("imported")
"""


def test_the_committed_dag_is_the_generated_one(tmp_path: Path) -> None:
    """Catches a DAG of yesterday's pipeline, template or schedule."""
    pytest.importorskip("kedro_airflow", reason="the extra airflow is not installed")
    project = make_project(tmp_path / "project")
    template = str(ROOT / "schedule/airflow_dag.j2")
    words = (
        "--pipelines",
        "retrain",
        "--env",
        "local",
        "--jinja-file",
        template,
        "--target-dir",
        str(tmp_path / "dags"),
    )
    run(project, "kedro", "airflow", "create", *words)
    assert (tmp_path / "dags" / DAG).read_text() == (ROOT / "schedule/dags" / DAG).read_text()


@pytest.mark.slow
def test_airflow_imports_it(tmp_path: Path) -> None:
    """Catches a DAG that Airflow shows as broken. Airflow lives in an environment of its own."""
    python = os.environ.get("V2MEOW_AIRFLOW_PYTHON")
    if python is None:
        pytest.skip("V2MEOW_AIRFLOW_PYTHON does not say which Python has apache-airflow")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AIRFLOW_HOME": str(tmp_path / "airflow")}
    env["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    done = subprocess.run(
        [python, "-c", CHECK, str(ROOT / "schedule/dags")], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("imported\n"), done.stdout + done.stderr
