"""Several samples of a system: clips stay the unit."""

import math

import numpy as np
import pytest
from tests.support.scored_clicks import CLIPS, CONFIG, REFERENCE, bands, music, run

from v2meow_pipeline.metrics import memorisation
from v2meow_pipeline.metrics.bootstrap import mean_interval
from v2meow_pipeline.metrics.fad_bootstrap import fad_intervals
from v2meow_pipeline.metrics.samples import average_rows, grouped, mean_over_samples

pytestmark = pytest.mark.filterwarnings("ignore::v2meow_pipeline.metrics.fad.QualityWarning")
NAN = math.nan
FIRST = [music(100 + 8 * clip, 20 + clip) for clip in range(len(CLIPS))]
SECOND = [music(150 - 5 * clip, 40 + clip) for clip in range(len(CLIPS))]


def row(system: str, clip: str, score: float, tempo: float = 100.0) -> dict[str, str | float]:
    return {"system": system, "clip_id": clip, "score": score, "tempo_bpm": tempo}


def test_a_clip_is_the_mean_of_its_samples_that_have_a_value() -> None:
    """Catches samples counted as clips, NaN that spreads to a whole clip, and a mean of a tempo and its double."""
    rows = [row("a", "x", 1.0, 60.0), row("a", "y", NAN), row("b", "x", 7.0), row("b", "y", 8.0)]
    rows += [row("a.1", "x", 2.0, 120.0), row("a.1", "y", NAN), row("a.2", "x", NAN), row("a.2", "y", 5.0)]
    averaged = average_rows(rows, {"a.1": "a", "a.2": "a"})
    assert [(one["system"], one["clip_id"], one["score"]) for one in averaged] == [
        ("a", "x", 1.5), ("a", "y", 5.0), ("b", "x", 7.0), ("b", "y", 8.0)
    ]  # fmt: skip
    assert averaged[0]["tempo_bpm"] == 60.0
    assert average_rows(rows[:4], {}) == rows[:4]


def test_samples_of_nothing_or_of_other_clips_raise() -> None:
    """Catches a sample that is lost because its system is called otherwise, and clips that are mixed up."""
    with pytest.raises(ValueError, match="not there"):
        grouped(["a", "b.1"], {"b.1": "b"})
    with pytest.raises(ValueError, match="different clips"):
        average_rows([row("a", "x", 1.0), row("a.1", "y", 1.0)], {"a.1": "a"})


def test_an_evaluation_of_samples_is_the_mean_of_theirs_over_as_many_clips() -> None:
    """Catches intervals over samples, which are too narrow, and further samples that stay in the tables."""
    both = run(systems={"ours": FIRST, "ours.1": SECOND, "truth": REFERENCE}, samples={"ours.1": "ours"})
    one, two = run(systems={"ours": FIRST}), run(systems={"ours": SECOND})
    assert both.systems()[:2] == ["ours", "truth"] and len(both.by_clip) == 2 * len(CLIPS)
    for metric in ("beat_hit_adjusted", "onset_f_librosa_50ms", "fad_bands_0.1s", "fad_infinity_bands_0.1s"):
        found = both.row("ours", metric)
        assert found.value == pytest.approx((one.row("ours", metric).value + two.row("ours", metric).value) / 2)
        assert found.n == len(CLIPS)
    clips = [
        np.mean([first["onset_f_librosa_50ms"], second["onset_f_librosa_50ms"]])
        for first, second in zip(one.by_clip, two.by_clip, strict=True)
    ]
    interval = mean_interval(clips, 3, CONFIG.replicates, CONFIG.confidence)
    assert tuple(both.row("ours", "onset_f_librosa_50ms"))[2:] == pytest.approx(tuple(interval))


def test_one_sample_changes_no_number() -> None:
    """Catches a system of one sample that scores otherwise because another has two."""
    alone = run(systems={"truth": REFERENCE, "ours": FIRST})
    beside = run(
        systems={"truth": REFERENCE, "ours": FIRST, "more": FIRST, "more.1": SECOND}, samples={"more.1": "more"}
    )
    for found in alone.summary:
        if found.system in ("truth", "ours"):
            again = beside.row(found.system, found.metric)
            assert tuple(again)[2:] == pytest.approx(tuple(found)[2:], nan_ok=True), found.metric


def test_a_distance_of_samples_is_no_distance_of_their_pool() -> None:
    """Catches frames of all samples pooled: more frames make the distance smaller, which flatters more samples."""
    reference, first, second = ([bands(wave) for wave in waves] for waves in (REFERENCE, FIRST, SECOND))
    apart = fad_intervals(reference, {"a": first, "b": second}, 1, 20)
    together = fad_intervals(reference, {"a": first, "a.1": second}, 1, 20, samples={"a.1": "a"})["a"]
    assert together.value == pytest.approx((apart["a"].value + apart["b"].value) / 2)
    assert together.low <= together.value <= together.high and together.n == len(CLIPS)
    assert mean_over_samples({"a": 1.0, "a.1": 3.0, "b": 5.0}, {"a.1": "a"}) == {"a": 2.0, "b": 5.0}


def test_memorisation_counts_clips() -> None:
    """Catches samples of a clip that are taken for clips of their own, and a share beyond of their mean."""
    training = [np.arange(40), np.arange(40, 80)]
    near, far = np.arange(40), np.arange(100, 140)
    control = memorisation.nearest_copies([far, far], training)
    found = memorisation.memorisation_scores([near, far, far, far], training, control, "semantic", 0, samples=2)
    score = found["memorisation_run_semantic"]
    assert score.generated.n == 2 and score.generated.value == pytest.approx(0.25) and score.beyond == 0.25
    with pytest.raises(ValueError, match="2 samples"):
        memorisation.memorisation_scores([near, far, far], training, control, "semantic", 0, samples=2)


def test_each_split_is_summed_up_as_if_it_were_alone() -> None:
    """Catches a split that takes in clips of another, and F1 or distances that splits lack."""
    places, splits = [0, 2, 3, 5], ["b", "a", "b", "b", "a", "b"]
    whole = run(systems={"truth": REFERENCE, "ours": FIRST}, splits=splits)
    assert list(whole.by_split) == ["b", "a"] and whole.to_dict()["by_split"]["b"]
    some = {name: [waves[place] for place in places] for name, waves in (("truth", REFERENCE), ("ours", FIRST))}
    facts = {"clip_ids": [CLIPS[place] for place in places], "tempi": [120.0] * 4}
    alone = run(systems=some, reference=some["truth"], **facts)
    found = {(one.system, one.metric): one for one in whole.by_split["b"]}
    compared = [one for one in alone.summary if not one.metric.endswith("_to_truth")]
    assert {"beat_f1_adjusted", "fad_bands_0.1s", "beat_hit_std_original"} <= {one.metric for one in compared}
    for one in compared:
        assert tuple(found[one.system, one.metric])[2:] == pytest.approx(tuple(one)[2:], nan_ok=True), one.metric
    assert not run(systems={"ours": FIRST}, splits=["a"] * 6).by_split
    with pytest.raises(ValueError, match="2 splits for 6 clips"):
        run(systems={"ours": FIRST}, splits=["a", "b"])
