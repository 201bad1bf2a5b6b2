"""Rounds of retraining on the test environment: what they leave behind, whatever interrupts them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from filelock import FileLock
from tests.support.project import kill_when, make_project, run

pytestmark = pytest.mark.slow
DATA = Path("data/test")
RETRAIN = ("kedro", "run", "--pipeline", "retrain", "--env", "test")
MORE, MOST = "corpus.synthetic.clips.train=14", "corpus.synthetic.clips.train=16"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A trained project with a champion; the tests below are a story, in order."""
    project = make_project(tmp_path_factory.mktemp("retrained") / "project")
    run(project, "kedro", "run", "--pipeline", "train", "--env", "test")
    run(project, "v2meow", "registry", "promote", "--yes", "--env", "test")
    yield project


def _decision(project: Path) -> dict[str, Any]:
    return json.loads((project / DATA / "08_reporting/retraining.json").read_text())


def _champion(project: Path) -> str:
    listed = json.loads(run(project, "v2meow", "registry", "list", "--env", "test", "--json"))
    return next(version["uri"] for version in listed if "champion" in version["aliases"])


def _train_files(project: Path) -> dict[str, int]:
    """What a training without retraining would look at."""
    folders = [project / DATA / layer for layer in ("03_primary", "04_feature", "05_model_input", "06_models")]
    return {str(p): p.stat().st_mtime_ns for folder in folders for p in folder.rglob("*") if p.is_file()}


def test_a_promotion_without_a_version_shows_what_there_is_and_asks(project: Path) -> None:
    """Catches the newest models that take the place of better ones without a question."""
    told = run(project, "v2meow", "registry", "promote", "--env", "test", code=2)
    assert "champion" in told and "--yes" in told and "Traceback" not in told


def test_nothing_new_is_nothing_to_do(project: Path) -> None:
    """Catches a round for its own sake."""
    before = _train_files(project)
    assert "Nothing new since models:/v2meow-test/1" in run(project, *RETRAIN)
    assert _decision(project)["outcome"] == "nothing_new"
    assert _train_files(project) == before
    assert not (project / DATA / "retraining/rounds").exists()


def test_a_second_run_at_the_same_time_is_refused(project: Path) -> None:
    """Catches two rounds that write the same stores."""
    with FileLock(project / DATA / "retraining/running.lock"):
        assert "A retraining is running already" in run(project, *RETRAIN, code=2)


def test_the_command_runs_a_round_and_somebody_is_told(project: Path, tmp_path: Path) -> None:
    """Catches `v2meow retrain` that is not the pipeline, and rounds whose end, good or bad, nobody hears of."""
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    told = tmp_path / "told"
    place = project / "conf/test/notify.yml"
    place.write_text(json.dumps({"command": f"'{sys.executable}' -c '{code}' '{told}'"}))
    run(project, "v2meow", "retrain", "--env", "test")
    message = json.loads(told.read_text())
    assert message["status"] == "finished" and "nothing_new. Nothing new since models:" in message["text"]
    told.unlink()
    # What was never begun has no end.
    with FileLock(project / DATA / "retraining/running.lock"):
        assert "is running already" in run(project, "v2meow", "retrain", "--env", "test", code=2)
    assert not told.exists()
    strict = "retrain.drift.threshold=0.01,retrain.drift.significance=0.999"
    run(project, *RETRAIN, "--params", f"{MORE},{strict}", code=2)
    assert json.loads(told.read_text())["status"] == "failed"
    place.unlink()


def test_other_data_stop_the_round(project: Path) -> None:
    """Catches drift that nobody hears of."""
    strict = "retrain.drift.threshold=0.01,retrain.drift.significance=0.999"
    told = run(project, *RETRAIN, "--params", f"{MORE},{strict}", code=2)
    assert "The new training data differ from the old ones" in told
    assert list((project / DATA / "retraining/rounds").glob("*/drift.png"))
    assert _champion(project) == "models:/v2meow-test/1"


def test_a_killed_round_goes_on_and_a_better_challenger_is_promoted(project: Path) -> None:
    """Catches a round that is lost or run twice after kill -9, and stores that are made anew for known clips."""
    words = (*RETRAIN, "--params", f"{MORE},retrain.train.lr=0.003,retrain.train.max_steps=30")
    models = project / DATA / "retraining/rounds"
    kill_when(project, words, lambda: any(models.glob("*/models/semantic/last.ckpt")))
    kill_when(project, words, lambda: any(models.glob("*/models/coarse/last.ckpt")))
    before = _train_files(project)
    run(project, *words)
    decision = _decision(project)
    assert decision["outcome"] == "promoted" and decision["settled"], decision["why"]
    assert _champion(project) == decision["challenger"] == "models:/v2meow-test/2"
    assert len(list(models.glob("*/decision.json"))) == 1
    assert _train_files(project) == before
    assert "Nothing new since models:/v2meow-test/2" in run(project, *words)


def test_a_decision_that_a_kill_kept_from_the_registry_is_made_up_for(project: Path) -> None:
    """Catches a promotion that is written down and never happens."""
    (path,) = (project / DATA / "retraining/rounds").glob("*/decision.json")
    path.write_text(path.read_text().replace('"settled": true', '"settled": false'))
    run(project, "v2meow", "registry", "rollback", "--env", "test")
    assert _champion(project) == "models:/v2meow-test/1"
    run(project, *RETRAIN, "--params", MORE)
    assert _champion(project) == "models:/v2meow-test/2"


def test_a_worse_challenger_is_kept_out_and_the_reason_told(project: Path) -> None:
    """Catches a promotion of whatever is newer."""
    words = (*RETRAIN, "--params", f"{MOST},retrain.train.lr=1.0")
    run(project, *words)
    decision = _decision(project)
    assert decision["outcome"] == "kept" and "Not better in loss" in decision["why"]
    assert _champion(project) == "models:/v2meow-test/2"
    assert "These data were tried" in run(project, *words)


def test_a_rollback_is_not_undone_by_the_next_run(project: Path) -> None:
    """Catches a champion that comes back by itself after a person has removed it."""
    run(project, "v2meow", "registry", "rollback", "--env", "test")
    words = (*RETRAIN, "--params", f"{MORE},retrain.train.lr=0.003,retrain.train.max_steps=30")
    assert "These data were tried" in run(project, *words)
    assert _champion(project) == "models:/v2meow-test/1"


def test_evaluation_clips_that_are_gone_stop_the_round(project: Path) -> None:
    """Catches scores on another set than the champion's."""
    (path,) = (project / DATA / "retraining/evaluation").glob("*.parquet")
    frozen = pd.read_parquet(path)
    frozen.assign(sha256="0" * 64).to_parquet(path, index=False)
    told = run(project, *RETRAIN, "--params", MOST, code=2)
    assert "of the frozen evaluation set are gone or changed" in told
