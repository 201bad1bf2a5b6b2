"""Order of trials and sides."""

from collections import Counter

import pytest
from tests.support.study_folders import make_design

from v2meow_pipeline.study.plan import Plan, plan_for


def plans(raters: int, **design: object) -> list[Plan]:
    """Plans of the first raters."""
    made = make_design(**design)  # type: ignore[arg-type]
    return [plan_for(made, number, 2) for number in range(raters)]


def test_sides_and_pairs_are_balanced() -> None:
    """Catches a system that is presented first more often, or pairs that get more raters than others."""
    found = plans(12, clips=5, systems=("a", "b", "c"), pairs_per_rater=5)
    first, pairs = Counter[tuple[str, str]](), Counter[str]()
    for plan in found:
        own = [trial for trial in plan.trials if trial.kind == "pair"]
        assert len({trial.pair for trial in own}) == len(own) == 5
        first.update((trial.pair, trial.first_system) for trial in own)
        pairs.update(trial.pair for trial in own)
    assert set(pairs.values()) == {4} and len(pairs) == 15
    assert set(first.values()) == {2}


def test_one_rater_sees_each_system_first_equally_often() -> None:
    """Catches a rater who could learn that the better music is always the first."""
    for plan in plans(4, clips=6):
        sides = Counter(trial.first_system for trial in plan.trials if trial.kind == "pair")
        assert sides == {"a": 3, "b": 3}


def test_plans_follow_the_seed_and_differ_between_raters() -> None:
    """Catches plans that change after a restart, or one order for all raters."""
    assert plans(3) == plans(3)
    assert plans(3) != plans(3, seed=1)
    orders = [[trial.first for trial in plan.trials] for plan in plans(6, clips=8)]
    assert len({tuple(order) for order in orders}) == 6


@pytest.mark.parametrize(("clips", "checks"), [(1, 2), (2, 3), (6, 2)])
def test_checks_are_spread_and_never_first(clips: int, checks: int) -> None:
    """Catches a plan that loses attention checks, or begins with one."""
    for plan in plans(20, clips=clips, checks=checks):
        kinds = [trial.kind for trial in plan.trials]
        assert kinds[0] == "pair" and kinds.count("check") == checks and kinds.count("pair") == clips
    sides = {trial.beeps_second for plan in plans(20) for trial in plan.trials if trial.kind == "check"}
    assert sides == {True, False}


def test_headphone_sounds_are_all_used_in_each_attempt() -> None:
    """Catches an attempt that repeats a sound, so that answers can be guessed."""
    for plan in plans(5):
        assert [sorted(attempt) for attempt in plan.headphones] == [list(range(6))] * 2
        assert plan.headphones[0] != plan.headphones[1]
