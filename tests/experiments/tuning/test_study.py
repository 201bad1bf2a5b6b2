"""Studies whose drivers die."""

from pathlib import Path

import optuna
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.experiments.tuning.config import TuneConfig
from v2meow_pipeline.experiments.tuning.journal import JOURNAL, journal
from v2meow_pipeline.experiments.tuning.study import (
    Outcome,
    best_trial,
    known_outcome,
    next_trial,
    open_study,
    requeue_lost,
    tell,
    tried,
)

SPACE = {
    "train.lr": {"type": "float", "low": 0.001, "high": 1.0, "log": True},
    "model.layers": {"type": "int", "low": 1, "high": 4},
}
CONFIG = TuneConfig.parse({"trials": 12, "startup_trials": 4, "pruner": "none", "space": {"fine": SPACE}})
RANGES = CONFIG.ranges("fine")


def _loss(params: dict[str, float]) -> float:
    return abs(params["train.lr"] - 0.03) + 0.1 * params["model.layers"]


def _drive(folder: Path, stop_after: int | None = None, ask_last: bool = True) -> list[tuple[dict, float]]:
    """Runs a study; a driver that is to stop leaves its last trial asked for and not told, as a kill would."""
    with journal(folder) as storage:
        study = open_study(storage, "fine", CONFIG, 100)
        requeue_lost(study, RANGES)
        done = 0
        while (done != stop_after or ask_last) and (trial := next_trial(study, CONFIG, RANGES)) is not None:
            if done == stop_after:
                break
            tell(study, trial, known_outcome(study, trial) or Outcome("complete", (_loss(trial.params),)))
            done += 1
        complete = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
        return [(trial.params, trial.value) for trial in complete]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stops=st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=4))
def test_a_study_ends_with_the_same_trials_however_often_its_driver_dies(
    stops: list[tuple[int, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Catches a lost trial, one that is run twice, and a sampler that begins its random numbers again."""
    straight = _drive(tmp_path_factory.mktemp("straight"))
    folder = tmp_path_factory.mktemp("killed")
    for stop_after, ask_last in stops:
        _drive(folder, stop_after, ask_last)
    assert _drive(folder) == straight
    assert len(straight) == CONFIG.trials


def test_a_driver_that_dies_between_the_two_writes_of_a_recovery_loses_nothing(tmp_path: Path) -> None:
    """Catches a trial that is queued twice, or failed before it was queued."""
    _drive(tmp_path, stop_after=2)
    with journal(tmp_path) as storage:
        study = open_study(storage, "fine", CONFIG, 100)
        (lost,) = study.get_trials(states=(optuna.trial.TrialState.RUNNING,))
        study.enqueue_trial(lost.params, user_attrs={"retry_of": lost.number})  # and then it was killed
    assert len(_drive(tmp_path)) == CONFIG.trials


def test_a_trial_whose_values_were_half_drawn_is_drawn_again(tmp_path: Path) -> None:
    """Catches a trial of which a part of the values comes from another one's random numbers."""
    straight = _drive(tmp_path / "straight")
    _drive(tmp_path / "killed", stop_after=3, ask_last=False)
    with journal(tmp_path / "killed") as storage:
        study = open_study(storage, "fine", CONFIG, 100)
        study.ask().suggest_float("train.lr", 0.001, 1.0, log=True)
    assert _drive(tmp_path / "killed") == straight


def test_more_trials_continue_a_finished_study(tmp_path: Path) -> None:
    """Catches a study that starts afresh, or that is never finished."""
    first = _drive(tmp_path)
    assert _drive(tmp_path) == first
    more = CONFIG.model_copy(update={"trials": 14})
    with journal(tmp_path) as storage:
        study = open_study(storage, "fine", more, 100)
        while (trial := next_trial(study, more, RANGES)) is not None:
            tell(study, trial, Outcome("complete", (_loss(trial.params),)))
        assert len(tried(study, RANGES)) == 14


def test_the_same_values_are_not_trained_twice(tmp_path: Path) -> None:
    """Catches the sampler's repetitions, common among whole numbers and choices, being paid for again."""
    with journal(tmp_path) as storage:
        study = open_study(storage, "fine", CONFIG, 100)
        first = next_trial(study, CONFIG, RANGES)
        assert first is not None and known_outcome(study, first) is None
        first.report(2.0, 10)
        tell(study, first, Outcome("complete", (1.5,)))
        study.enqueue_trial(first.params)
        again = next_trial(study, CONFIG, RANGES)
        assert again is not None and known_outcome(study, again) == Outcome("complete", (1.5,))
        assert study.trials[again.number].intermediate_values == {10: 2.0}


def test_half_a_line_at_the_end_of_the_journal_is_cut_off(tmp_path: Path) -> None:
    """Catches a journal that one kill in the middle of a write makes unreadable for ever."""
    straight = _drive(tmp_path / "straight")
    folder = tmp_path / "killed"
    _drive(folder, stop_after=3, ask_last=False)
    with (folder / JOURNAL).open("ab") as file:
        file.write(b'{"op_code":5,"worker_id":"')
    (folder / f"{JOURNAL}.lock").symlink_to(folder / JOURNAL)
    assert _drive(folder) == straight


@pytest.mark.parametrize("line", [b"{\x00\x00", b"[1, 2]", b"\xff\xfe", b"null", b"{}"])
def test_a_damaged_line_is_told_by_its_number(tmp_path: Path, line: bytes) -> None:
    """Optuna's JSONDecodeError names neither the file nor the way out; what is left of the study is not touched."""
    _drive(tmp_path, stop_after=2, ask_last=False)
    path = tmp_path / JOURNAL
    lines = path.read_bytes().splitlines()
    lines[3] = line
    damaged = b"\n".join(lines) + b"\n"
    path.write_bytes(damaged)
    with pytest.raises(V2MeowError, match=r"journal\.log is damaged in line 4.*mv .*damaged"), journal(tmp_path):
        pass
    assert path.read_bytes() == damaged


def test_only_one_driver_at_a_time(tmp_path: Path) -> None:
    """Catches two runs that take each other's running trials for dead ones."""
    with journal(tmp_path), pytest.raises(V2MeowError, match="Another run"), journal(tmp_path):
        pass


def test_the_best_keeps_to_the_budget_of_decoding_time(tmp_path: Path) -> None:
    """Catches a choice among compromises that ignores what decoding may cost."""
    base = CONFIG.model_copy(update={"against_decode_time": True})
    with journal(tmp_path) as storage:
        study = open_study(storage, "two", base, 100)
        assert best_trial(study, base) is None
        for values in [(1.0, 9.0), (2.0, 3.0), (3.0, 1.0)]:
            trial = next_trial(study, base, RANGES)
            assert trial is not None
            tell(study, trial, Outcome("complete", values))
        chosen = {
            budget: best_trial(study, base.model_copy(update={"decode_budget_s": budget}))
            for budget in (None, 4.0, 0.5)
        }
    assert chosen[None].values == [1.0, 9.0] and chosen[4.0].values == [2.0, 3.0] and chosen[0.5] is None
