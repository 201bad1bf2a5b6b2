"""Scores by clip, and their summary over a set."""

import json
import math

import numpy as np
import pytest
from tests.support.scored_clicks import CLIPS, REFERENCE, TEMPI, bands, run

from v2meow_pipeline.metrics import beats
from v2meow_pipeline.metrics.by_clip import add_columns
from v2meow_pipeline.metrics.fad import QualityWarning, frechet_audio_distance
from v2meow_pipeline.metrics.result import EvaluationResult

pytestmark = pytest.mark.filterwarnings("ignore::v2meow_pipeline.metrics.fad.QualityWarning")


@pytest.fixture(scope="module")
def result() -> EvaluationResult:
    return run()


def value(result: EvaluationResult, system: str, metric: str) -> float:
    return result.row(system, metric).value


def test_ground_truth_is_perfect(result: EvaluationResult) -> None:
    for metric in ("beat_coverage_adjusted", "beat_hit_adjusted", "beat_f1_adjusted", "beat_coverage_original"):
        assert value(result, "ground_truth", metric) == pytest.approx(100)
    for metric in ("beat_f_librosa_70ms", "onset_f_librosa_50ms"):
        assert value(result, "ground_truth", metric) == pytest.approx(1)
    assert value(result, "ground_truth", "fad_bands_0.1s") == pytest.approx(0, abs=1e-9)
    assert value(result, "ground_truth", "tempo_error_to_reference") == 0
    assert value(result, "ground_truth", "tempo_error_equivalent_to_truth") < 0.02


def test_silence_is_scored_where_defined_and_counted_where_not(result: EvaluationResult) -> None:
    """A tempo for silence, or a mean over clips that have none with the full n beside it."""
    assert value(result, "silence", "beat_hit_adjusted") == 0
    assert value(result, "silence", "beat_f1_original") == 0
    row = result.row("silence", "tempo_error_to_truth")
    assert math.isnan(row.value) and row.n == 0
    share = result.row("silence", "tempo_within_8pct_equivalent_to_truth")
    assert (share.value, share.n) == (0.0, 6)
    assert value(result, "silence", "silent_share") == 1
    assert value(result, "silence", "fad_bands_0.1s") > value(result, "random_shuffle", "fad_bands_0.1s")


def test_stronger_metrics_separate_what_the_beat_score_does_not(result: EvaluationResult) -> None:
    """The reason for the controls: shuffled music still has an onset a second."""
    assert value(result, "random_shuffle", "beat_f1_adjusted") > 90
    assert value(result, "random_shuffle", "tempo_within_8pct_to_truth") < 0.5
    assert value(result, "ground_truth", "tempo_within_8pct_equivalent_to_truth") == 1


def test_summary_is_of_the_set_by_the_metric_s_definition(result: EvaluationResult) -> None:
    """A mean of F1 over clips, or of FAD over clips, is another quantity than F1 of the means and FAD of the pool."""
    rows = [row for row in result.by_clip if row["system"] == "random_shuffle"]
    of_set = beats.set_scores(
        [
            beats.BeatScores(float(row["beat_coverage_adjusted"]) / 100, float(row["beat_hit_adjusted"]) / 100)
            for row in rows
        ]
    )
    assert value(result, "random_shuffle", "beat_f1_adjusted") == pytest.approx(of_set.f1)
    assert value(result, "random_shuffle", "beat_hit_std_adjusted") == pytest.approx(of_set.hit_std)
    pooled = np.concatenate([bands(wave) for wave in REFERENCE])
    silence = np.concatenate([bands(np.zeros_like(wave)) for wave in REFERENCE])
    expected = frechet_audio_distance(pooled, silence).distance
    assert value(result, "silence", "fad_bands_0.1s") == pytest.approx(expected)


def test_rows_name_clip_and_system_and_every_interval_holds_its_value(result: EvaluationResult) -> None:
    assert [(row["system"], row["clip_id"]) for row in result.by_clip[:7]] == [
        *(("ground_truth", clip) for clip in CLIPS),
        ("random_shuffle", "clip0"),
    ]
    for row in result.summary:
        if not math.isnan(row.low):
            assert row.low - 1e-9 <= row.value <= row.high + 1e-9, row
    assert result.row("ground_truth_halves", "fad_bands_0.1s").n == 3


def test_same_seed_same_numbers(result: EvaluationResult) -> None:
    again = run()
    assert json.dumps(again.to_dict()) == json.dumps(result.to_dict())
    assert json.dumps(run(seed=4).to_dict()) != json.dumps(result.to_dict())


def test_unknown_tempi_leave_no_row_against_truth() -> None:
    some = run(tempi=[120.0, *[np.nan] * 5], judges={})
    assert some.row("random_shuffle", "tempo_within_8pct_to_truth").n == 1
    none = run(tempi=[np.nan] * 6, judges={})
    assert not [row for row in none.summary if row.metric.endswith("_to_truth")]


def test_shuffle_s_fad_of_zero_is_explained(result: EvaluationResult) -> None:
    """The pool of a shuffled set is the reference's own: 0 would read as a perfect system."""
    assert value(result, "random_shuffle", "fad_bands_0.1s") == pytest.approx(0, abs=1e-9)
    assert any("random_shuffle" in note and "by construction" in note for note in result.notes)


def test_few_frames_are_noted() -> None:
    with pytest.warns(QualityWarning):
        few = run(judges={"wide": lambda wave: np.random.default_rng(len(wave)).normal(size=(2, 40))})
    assert any("rank-deficient" in note and "wide" in note for note in few.notes)


def test_one_frame_a_clip_has_fad_of_the_set_only() -> None:
    one = run(judges={"mean": lambda wave: bands(wave).mean(axis=0, keepdims=True)})
    assert math.isfinite(value(one, "silence", "fad_mean"))
    assert "fad_per_clip_mean" not in one.by_clip[0]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"systems": {"mine": REFERENCE[:5]}}, "mine has 5 waves for 6 clips"),
        ({"systems": {"mine": [*REFERENCE[:5], REFERENCE[5][:-1]]}}, "mine, clip5: 63999 samples"),
        ({"clip_ids": ["same"] * 6}, "clip ids repeat"),
        ({"tempi": TEMPI[:2]}, "2 tempi for 6 clips"),
        ({"splits": ["a", "b"]}, "2 splits for 6 clips"),
        ({"systems": {}}, "no system"),
        ({"judges": {"broken": lambda wave: np.full((3, 4), np.nan)}}, "broken.*clip0.*not finite"),
        ({"clip_ids": [], "tempi": []}, "no clip"),
    ],
)
def test_what_cannot_be_evaluated_raises_and_is_named(changes: dict, fault: str) -> None:
    """A missing or damaged clip that is skipped in silence raises the score of the system that lost it."""
    with pytest.raises(ValueError, match=fault):
        run(**changes)


def test_further_columns_belong_to_their_system_and_clip() -> None:
    """Catches scores that are attached to another system because it comes first."""
    rows = [{"system": name, "clip_id": clip} for name in ("b", "a") for clip in CLIPS[:2]]
    add_columns(rows, {"metric": {"a": [3, 4], "b": [1, 2]}})
    assert [row["metric"] for row in rows] == [1, 2, 3, 4]
    with pytest.raises(ValueError, match="is shorter than"):
        add_columns(rows, {"metric": {"a": [3], "b": [1, 2]}})
