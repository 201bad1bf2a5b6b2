"""How far metrics can be trusted."""

import math

import numpy as np

from v2meow_pipeline.evaluation.report.separation import Reliability, reliabilities
from v2meow_pipeline.metrics.bootstrap import mean_interval
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow

NAN = math.nan
CLIPS = 8


def _found(metric: str, **values: list[float]) -> Reliability:
    """A metric of single clips."""
    rows = [
        {"system": name, "clip_id": str(index), metric: value}
        for name, of_clips in values.items()
        for index, value in enumerate(of_clips)
    ]
    summary = [SummaryRow(name, metric, *mean_interval(of_clips, 0)) for name, of_clips in values.items()]
    (found,) = reliabilities(EvaluationResult(rows, summary, [], 0, CLIPS))
    return found


def _of_set(metric: str, **intervals: tuple[float, float, float]) -> Reliability:
    """A metric that only a set has."""
    summary = [SummaryRow(name, metric, *interval, CLIPS) for name, interval in intervals.items()]
    rows = [{"system": name, "clip_id": "0"} for name in intervals]
    (found,) = reliabilities(EvaluationResult(rows, summary, [], 0, CLIPS))
    return found


def test_paired_clips_separate_where_intervals_overlap() -> None:
    """Catches a comparison of means that misses a small lead which every clip has."""
    truth = np.linspace(0, 100, CLIPS)
    found = _found(
        "beat_hit_adjusted",
        ground_truth=list(truth),
        random_shuffle=list(truth - np.linspace(1, 2, CLIPS)),
        silence=[0.0] * CLIPS,
    )
    shuffle = found.against["random_shuffle"]
    assert (shuffle.outcome, shuffle.paired, found.verdict) == ("separated", True, "yes")
    assert 1 < shuffle.gap.low < shuffle.gap.value < 2 < shuffle.effect


def test_the_way_that_is_better_counts() -> None:
    """Catches an error that is larger for the truth and still called a separation."""
    low, high = [0.1, 0.2, 0.1, 0.2], [0.5, 0.6, 0.7, 0.6]
    assert _found("tempo_error_to_truth", ground_truth=low, random_shuffle=high).verdict == "yes"
    found = _found("tempo_error_to_truth", ground_truth=high, random_shuffle=low)
    assert (found.against["random_shuffle"].outcome, found.verdict) == ("reversed", "no")
    # Where the truth's value is the aim, either way is one.
    assert _found("sync_share_cuts", ground_truth=high, random_shuffle=low).verdict == "yes"


def test_noise_is_no_separation() -> None:
    """Catches a mean that is called better without a look at its interval."""
    truth, shuffle = [1.0, 0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0, 0.0]
    assert _found("mode_agreement", ground_truth=truth, random_shuffle=shuffle).verdict == "no"
    constant = _found("mode_agreement", ground_truth=[1.0] * 4, random_shuffle=[1.0] * 4)
    assert (constant.verdict, constant.against["random_shuffle"].effect) == ("no", 0.0)


def test_what_has_no_value_is_not_judged() -> None:
    """Catches silence without a tempo that counts as worse or as equal, and a single clip that proves something."""
    truth = [0.1, 0.2, 0.1, 0.2]
    found = _found("tempo_error_to_truth", ground_truth=truth, random_shuffle=[0.5, 0.6, 0.7, 0.6], silence=[NAN] * 4)
    assert (found.against["silence"].outcome, found.verdict) == ("no value", "yes")
    assert _found("beat_hit_adjusted", ground_truth=[1.0], silence=[0.0]).verdict == "unknown"
    assert _found("beat_hit_adjusted", ground_truth=truth).against["silence"].outcome == "not computed"


def test_the_same_music_in_another_order_is_not_judged() -> None:
    """Catches a Frechet distance that is called useless because a shuffle is the same set."""
    found = _of_set("fad_x", ground_truth=(0.0, 0.0, 1.0), random_shuffle=(0.0, 0.0, 1.0), silence=(90.0, 80.0, 95.0))
    assert (found.against["random_shuffle"].outcome, found.against["silence"].outcome) == ("same music", "separated")
    assert found.verdict == "yes" and found.against["silence"].gap.value == 90


def test_sets_need_intervals_that_do_not_overlap() -> None:
    """Catches metrics of sets that are compared by their values alone."""
    sets = {"ground_truth": (80.0, 70.0, 90.0), "random_shuffle": (72.0, 60.0, 78.0), "silence": (0.0, 0.0, 0.0)}
    found = _of_set("beat_f1_adjusted", **sets)
    assert found.against["random_shuffle"].outcome == "not separated"
    assert (found.against["silence"].outcome, found.verdict) == ("separated", "partly")
    without = _of_set("fad_infinity_x", ground_truth=(1.0, NAN, NAN), silence=(9.0, NAN, NAN))
    assert (without.against["silence"].outcome, without.verdict) == ("no interval", "unknown")
