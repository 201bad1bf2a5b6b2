"""Studies whose trials are real trainings."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from tests.support.small_study import small

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.experiments.tuning.report import report, trials_table, write_tuned
from v2meow_pipeline.experiments.tuning.tune import TRAININGS, best_of, tune_stage

KILLED = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
from tests.support.small_study import small
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.experiments.tuning.tune import tune_stage
tune_stage(small(Path({folder!r})), Executor())
"""


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pd.DataFrame]:
    """The folder and trials of a study that nobody stopped."""
    folder = tmp_path_factory.mktemp("straight")
    return folder, trials_table(tune_stage(small(folder), Executor()))


def _ended(table: pd.DataFrame) -> pd.DataFrame:
    kept = table[table["state"] != "fail"]
    return kept.drop(columns=["trial", "seconds", "retry_of"]).reset_index(drop=True)


def test_hopeless_trials_are_given_up(straight: tuple[Path, pd.DataFrame]) -> None:
    """Catches a pruner that never sees a loss, and one that throws away a whole training."""
    _, table = straight
    assert set(table["state"]) == {"complete", "pruned"}
    assert (table.loc[table["state"] == "pruned", "steps"] < 20).all()
    assert (table.loc[table["state"] == "complete", "steps"] == 20).all()


def test_only_the_best_training_is_kept(straight: tuple[Path, pd.DataFrame]) -> None:
    """Catches a disk that fills with the weights of every trial, or the best ones being lost."""
    folder, _ = straight
    study = tune_stage(small(folder), Executor())
    best = best_of(study, small(folder))
    assert [path.name for path in (folder / TRAININGS).iterdir()] == [best.user_attrs["fingerprint"]]
    assert (folder / TRAININGS / best.user_attrs["fingerprint"] / "checkpoint/weights.safetensors").is_file()


@pytest.mark.slow
def test_a_study_that_was_killed_ends_with_the_very_trials_of_one_that_was_not(
    straight: tuple[Path, pd.DataFrame], tmp_path: Path
) -> None:
    """Catches a trial that is lost, run twice, or repeated with other values, losses or pruning after kill -9."""
    here = Path(__file__).parents[2]
    paths = [str(here / "experiments/tuning"), str(here / "training"), str(here / "models")]
    script = KILLED.format(paths=paths, folder=str(tmp_path))
    for wanted in (1, 3):
        process = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, "OMP_NUM_THREADS": "1"})
        deadline = time.monotonic() + 120
        # In the middle of a training: there is a point to resume from.
        while time.monotonic() < deadline and not (
            _asked(tmp_path) >= wanted and any((tmp_path / TRAININGS).glob("*/last.ckpt"))
        ):
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    table = trials_table(tune_stage(small(tmp_path), Executor()))
    assert table["state"].tolist().count("fail") == 2
    pd.testing.assert_frame_equal(_ended(table), _ended(straight[1]), check_dtype=False)


def _asked(folder: Path) -> int:
    journal = folder / "journal.log"
    return journal.read_text().count('"op_code":4') if journal.is_file() else 0


def test_what_came_of_it_is_written_for_people_and_for_the_next_run(
    straight: tuple[Path, pd.DataFrame], tmp_path: Path
) -> None:
    """Catches a study without a table, figures, pictures, or the parameters that it was made for."""
    tuning = small(straight[0])
    study = tune_stage(tuning, Executor())
    (tmp_path / "pictures").mkdir()
    figures, table, pictures = report(study, tuning, tmp_path / "conf/tuned", tmp_path / "pictures")
    assert figures["semantic/tune/trials_complete"] + figures["semantic/tune/trials_pruned"] == len(table) == 6
    assert figures["semantic/tune/best_val_loss"] == table.loc[table["state"] == "complete", "val_loss"].min()
    assert {"history_val_loss.png", "curves.png"} <= {path.name for path in pictures.iterdir()}
    written = yaml.safe_load((tmp_path / "conf/tuned/parameters/semantic.yml").read_text())
    best = best_of(study, tuning).params
    assert written["semantic"]["train"] == {"lr": best["train.lr"]}
    with pytest.raises(ConfigError, match="never written into conf/base"):
        write_tuned(study, tuning, tmp_path / "conf/base")


def test_loss_against_decoding_time(tmp_path: Path) -> None:
    """Catches a second objective that is not measured, and a front that is not drawn."""
    tuning = small(tmp_path / "study", trials=4, against_decode_time=True, pruner="none")
    study = tune_stage(tuning, Executor())
    table = trials_table(study)
    assert (table["state"] == "complete").all() and (table["decode_s"] > 0).all()
    (tmp_path / "pictures").mkdir()
    _, _, pictures = report(study, tuning, tmp_path / "tuned", tmp_path / "pictures")
    assert {"pareto_front.png", "history_decode_s.png"} <= {path.name for path in pictures.iterdir()}


def test_values_that_do_not_go_together_cost_a_trial_and_not_the_study(tmp_path: Path) -> None:
    """Catches a study that one impossible combination ends, or one that hides why nothing came out."""
    space = {"train.lr": {"type": "float", "low": 1e6, "high": 1e9}}
    tuning = small(tmp_path, trials=2, space={"semantic": space})
    study = tune_stage(tuning, Executor())
    assert trials_table(study)["state"].tolist() == ["fail", "fail"]
    with pytest.raises(ConfigError, match="is complete"):
        best_of(study, tuning)
    with pytest.raises(ConfigError, match="lr_of_nothing"):
        tune_stage(small(tmp_path, space={"semantic": {"train.lr_of_nothing": space["train.lr"]}}), Executor())
