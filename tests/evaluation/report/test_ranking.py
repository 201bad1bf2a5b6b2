"""The best system of a metric."""

import math
from typing import get_args

import pytest

from v2meow_pipeline.evaluation.baselines.render_baselines import Baseline
from v2meow_pipeline.evaluation.generate import SYSTEMS
from v2meow_pipeline.evaluation.report.families import (
    CONTROL_SYSTEMS,
    FAMILIES,
    OTHER_SYSTEMS,
    by_family,
    family_of,
    in_order,
)
from v2meow_pipeline.evaluation.report.ranking import Ranking, rank
from v2meow_pipeline.metrics.controls import CONTROLS
from v2meow_pipeline.metrics.keys import KINDS
from v2meow_pipeline.metrics.result import SummaryRow

NAN = math.nan


def _rows(metric: str, **values: float) -> dict[str, SummaryRow]:
    return {name: SummaryRow(name, metric, value, value - 1, value + 1, 9) for name, value in values.items()}


def test_a_control_never_wins() -> None:
    """Catches a ground truth or metronome that is marked as the best system."""
    rows = _rows("beat_hit_adjusted", ours=60, other=50, ground_truth=100, click_track=99)
    assert rank("beat_hit_adjusted", rows) == Ranking("ours", frozenset())


@pytest.mark.parametrize(
    ("metric", "best"), [("beat_hit_adjusted", "high"), ("fad_x", "low"), ("silent_share", "near")]
)
def test_each_way_of_being_better(metric: str, best: str) -> None:
    """Catches the largest distance taken for the best, and a share that should be the truth's but is the largest."""
    assert rank(metric, _rows(metric, high=90, near=52, low=10, ground_truth=50)).best == best


def test_overlapping_intervals_are_told() -> None:
    """Catches a difference inside the intervals that is shown as a win."""
    rows = _rows("beat_hit_adjusted", ours=60, close=58.5, far=50)
    assert rank("beat_hit_adjusted", rows) == Ranking("ours", frozenset({"close"}))


def test_no_value_is_no_best() -> None:
    """Catches NaN that compares as the best, and a lone system that is praised."""
    assert rank("fad_x", _rows("fad_x", ours=NAN, other=3.0, third=4.0)).best == "other"
    assert rank("fad_x", _rows("fad_x", ours=NAN, other=3.0, ground_truth=0.0)).best is None
    assert rank("silent_share", _rows("silent_share", ours=1.0, other=3.0)).best is None


def test_every_metric_has_a_family() -> None:
    """Catches a new metric that the report cannot place."""
    assert {family_of(key) for key in KINDS} == set(FAMILIES)
    assert list(by_family(["fad_x", "beat_hit_adjusted"])) == ["Rhythm", "Sound quality"]
    assert family_of("energy_pearson_motion") != family_of("energy_pearson_reference")
    with pytest.raises(KeyError, match="no family"):
        family_of("loudness")


def test_every_system_is_explained() -> None:
    """Catches a new system that the report shows without a word."""
    assert {*SYSTEMS, *get_args(Baseline)} == set(OTHER_SYSTEMS)
    assert set(CONTROLS) <= set(CONTROL_SYSTEMS)


def test_controls_come_last() -> None:
    """Catches a table that begins with silence."""
    assert in_order(["silence", "ours", "ground_truth", "theirs"]) == ["ours", "theirs", "ground_truth", "silence"]
