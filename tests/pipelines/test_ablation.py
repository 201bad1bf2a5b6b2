"""`kedro run --pipeline ablation` on the test environment."""

import json
import sqlite3
from pathlib import Path

import pytest
from tests.support.project import run

pytestmark = [pytest.mark.xdist_group("trained"), pytest.mark.slow]
DATA = Path("data/test")
ROWS = {"clip, semantic", "vit, both", "clip+i3d, both", "clip+i3d, direct"}


def _trained(project: Path) -> dict[str, int]:
    files = (project / DATA / "06_models/ablation").rglob("*.safetensors")
    return {str(path): path.stat().st_mtime_ns for path in files}


def test_an_ablation_leaves_tables_and_a_run_a_row_and_trains_nothing_twice(trained: Path) -> None:
    """Catches a row that is missing from the tables or from MLflow, and a second run that starts again."""
    run(trained, "kedro", "run", "--pipeline", "ablation", "--env", "test")
    report = trained / DATA / "08_reporting/ablation"
    tables = (report / "tables.md").read_text()
    for title in ("Table 1", "Table 2", "Table 4", "Figure 3", "Validation loss"):
        assert f"## {title}" in tables
    systems = {row["system"] for row in json.loads((report / "metrics.json").read_text())["summary"]}
    assert systems >= {*ROWS, "clip+i3d, both, with text", "clip+i3d, both, text only", "random_shuffle", "silence"}
    assert (report / "pictures/figure_3.png").is_file()
    with sqlite3.connect(trained / "mlruns/mlflow.db") as database:
        query = "select a.value from tags a join tags b on a.run_uuid = b.run_uuid where a.key = 'variant' and "
        rows = {value for (value,) in database.execute(query + "b.key = 'part' and b.value = 'row'")}
    assert rows == ROWS
    before = _trained(trained)
    # semantic: clip, vit, clip+i3d; coarse: none, vit, clip+i3d; coarse_direct; one fine stage for all.
    assert sum("/trained/" in path for path in before) == 8
    run(trained, "kedro", "run", "--pipeline", "ablation", "--env", "test")
    assert _trained(trained) == before
