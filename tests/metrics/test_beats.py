import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from v2meow_pipeline.metrics import beats

FIXTURES = Path(__file__).parents[1] / "fixtures" / "beats"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text())
CASES = {case["case"]: case for case in EXPECTED["cases"]}

# Paper, Table 2 (AIST++): coverage, hit and the F1 printed beside them.
TABLE_2 = [
    ("ground truth", 100.0, 100.0, 100.0),
    ("CLIP+I3D 10 s", 100.0, 84.4, 91.5),
    ("CLIP+I3D 6 s", 99.3, 84.7, 91.4),
    ("CLIP+I3D 2 s", 90.0, 84.8, 87.3),
    ("CDCD 6 s", 87.9, 83.2, 85.5),
    ("D2M-GAN 2 s", 88.2, 84.7, 86.4),
    ("CMT 2 s", 85.5, 83.5, 84.5),
]


def pair(case: str) -> tuple[np.ndarray, np.ndarray, int]:
    reference, rate = soundfile.read(FIXTURES / f"{case}_gt.flac", dtype="float32")
    generated, generated_rate = soundfile.read(FIXTURES / f"{case}_syn.flac", dtype="float32")
    assert rate == generated_rate
    return reference, generated, rate


def bins_of_pair(case: str, form: beats.BeatForm) -> tuple[np.ndarray, np.ndarray]:
    reference, generated, rate = pair(case)
    reference, generated = beats.cut_to_common_length(reference, generated)
    return beats.onset_bins(reference, rate, form), beats.onset_bins(generated, rate, form)


@pytest.mark.parametrize("form", beats.FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("case", CASES)
def test_bins_and_scores_equal_the_authors_scripts(case: str, form: beats.BeatForm) -> None:
    """A peak-picking parameter, a resampling or a bin edge that differs from the published scripts."""
    expected = CASES[case][form.name]
    reference_bins, generated_bins = bins_of_pair(case, form)
    assert reference_bins.astype(int).tolist() == expected["gt_bins"]
    assert generated_bins.astype(int).tolist() == expected["syn_bins"]
    scores = beats.beat_scores(reference_bins, generated_bins, form)
    assert scores.coverage == pytest.approx(expected["coverage"], abs=1e-12)
    assert scores.hit == pytest.approx(expected["hit"], abs=1e-12)


def test_set_scores_equal_the_authors_script() -> None:
    """Population standard deviation in place of the sample's, or a mean of F1 in place of F1 of the means."""
    of_set = beats.set_scores(
        [beats.beat_scores(*bins_of_pair(case, beats.ADJUSTED), beats.ADJUSTED) for case in CASES]
    )
    for name, value in EXPECTED["adjusted_set"].items():
        assert getattr(of_set, name) == pytest.approx(100 * value, abs=1e-10), name
    assert of_set.n == 7


@pytest.mark.parametrize(("row", "coverage", "hit", "printed"), TABLE_2, ids=[row[0] for row in TABLE_2])
def test_f1_of_the_two_means_reproduces_table_2(row: str, coverage: float, hit: float, printed: float) -> None:
    assert round(beats.f1(coverage, hit), 1) == printed, row


def test_coverage_of_the_two_forms_has_different_denominators() -> None:
    """The two published forms share a name: adjusted stays within 1, original may exceed it."""
    sparse, dense = np.array([1, 0, 0, 0], bool), np.array([1, 1, 1, 0], bool)
    assert beats.beat_scores(sparse, dense, beats.ADJUSTED).coverage == pytest.approx(1 / 3)
    assert beats.beat_scores(sparse, dense, beats.ORIGINAL).coverage == pytest.approx(3.0)


def test_silence_scores_zero_where_the_definition_says_so() -> None:
    silent, reference = np.zeros(4, bool), np.array([1, 0, 1, 0], bool)
    for form in beats.FORMS:
        assert beats.beat_scores(reference, silent, form) == (0.0, 0.0)
        assert beats.beat_scores(silent, reference, form).hit == 0.0
    assert beats.f1(0.0, 0.0) == 0.0


def test_one_clip_has_no_standard_deviation() -> None:
    """A standard deviation of 0 for one clip reads as certainty."""
    of_set = beats.set_scores([beats.BeatScores(0.5, 1.0)])
    assert (of_set.coverage, of_set.hit, of_set.n) == (50.0, 100.0, 1)
    assert np.isnan(of_set.coverage_std) and np.isnan(of_set.hit_std)


def test_ground_truth_is_cut_before_onsets_are_sought() -> None:
    reference, generated, rate = pair("sparse_vs_shifted")
    shorter, generated = beats.cut_to_common_length(reference, generated[: 3 * rate])
    assert len(shorter) == len(generated) == 3 * rate
    assert len(beats.onset_bins(shorter, rate, beats.ADJUSTED)) == 3


@pytest.mark.parametrize(
    ("wave", "fault"),
    [
        (np.zeros(0, np.float32), "empty"),
        (np.full(100, np.nan, np.float32), "finite"),
        (np.zeros((2, 100), np.float32), "mono"),
    ],
)
def test_a_wave_that_cannot_be_scored_raises(wave: np.ndarray, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        beats.onset_bins(wave, 16_000, beats.ADJUSTED)


def test_bins_of_different_lengths_and_empty_sets_raise() -> None:
    with pytest.raises(ValueError, match="3 and 4"):
        beats.beat_scores(np.ones(3, bool), np.ones(4, bool), beats.ADJUSTED)
    with pytest.raises(ValueError, match="no clip"):
        beats.set_scores([])
