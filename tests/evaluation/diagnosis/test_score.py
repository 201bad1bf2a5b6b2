"""The two-sample test of the systems of a diagnosis."""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.evaluation.diagnosis.config import DiagnoseConfig
from v2meow_pipeline.evaluation.diagnosis.score import two_sample_rows
from v2meow_pipeline.metrics.summary import EvaluateConfig
from v2meow_pipeline.metrics.two_sample import TwoSampleConfig

CONFIG = DiagnoseConfig(
    judges=("musicnn",),
    two_sample=TwoSampleConfig(repeats=1, floor_splits=3),
    metrics=EvaluateConfig(replicates=20),
)
CLIPS = 8
KEY, TO_CODEC = "two_sample_auc_musicnn_conditioner", "two_sample_auc_to_codec_musicnn_conditioner"


class _Heard(NamedTuple):
    frames: dict[str, np.ndarray]


class _Hearing:
    """What a judge hears of a wave: noise about the wave's only value."""

    def of(self, wave: np.ndarray) -> _Heard:
        rng = np.random.default_rng(round(1000 * float(wave[1])))
        return _Heard({"musicnn": rng.normal(size=(4, 3)) + wave[0]})


def _waves(value: float, first: int) -> list[np.ndarray]:
    return [np.array([value, first + clip], np.float32) for clip in range(CLIPS)]


TRUTH = _waves(0.0, 0)
MADE = {"codec_resynthesis": _waves(5.0, 10), "all_generated": _waves(5.0, 20)}


def _rows(sources: list[str]) -> tuple[dict[tuple[str, str], float], list[str]]:
    rows, notes = two_sample_rows(_Hearing(), TRUTH, MADE, sources, CONFIG)  # type: ignore[arg-type]
    return {(row.system, row.metric): row.value for row in rows}, notes


def test_systems_are_compared_with_real_sound_and_with_the_codec() -> None:
    """Catches a codec that hides what the tokens are to blame for, and a test without its floor."""
    values, notes = _rows([f"video{clip}" for clip in range(CLIPS)])
    assert set(values) == {
        ("codec_resynthesis", KEY),
        ("all_generated", KEY),
        ("all_generated", TO_CODEC),
        ("ground_truth_halves", KEY),
    }
    assert values["codec_resynthesis", KEY] > 0.95 and values["all_generated", KEY] > 0.95
    assert values["all_generated", TO_CODEC] < 0.8 and values["ground_truth_halves", KEY] < 0.8
    assert notes == []


def test_clips_of_few_videos_are_tested_as_far_as_it_goes() -> None:
    """Catches an error after hours of generation, and a figure that is left out without a word."""
    assert "ground_truth_halves" not in {system for system, _ in _rows(["a", "b"] * 4)[0]}
    values, notes = _rows(["one"] * CLIPS)
    assert values == {} and "no two-sample test" in notes[0]
