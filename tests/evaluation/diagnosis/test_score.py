"""The two-sample test of the systems of a diagnosis."""

import numpy as np

from v2meow_pipeline.evaluation.audio_embeddings import NO_TAGS, AudioEmbeddings
from v2meow_pipeline.evaluation.diagnosis.config import DiagnoseConfig
from v2meow_pipeline.evaluation.diagnosis.score import two_sample_rows
from v2meow_pipeline.metrics.summary import MetricsConfig
from v2meow_pipeline.metrics.two_sample import TwoSampleConfig

CONFIG = DiagnoseConfig(
    judges=("musicnn",),
    two_sample=TwoSampleConfig(repeats=1, floor_splits=3),
    metrics=MetricsConfig(replicates=20),
)
CLIPS = 8
KEY, TO_CODEC = "two_sample_auc_musicnn_conditioner", "two_sample_auc_to_codec_musicnn_conditioner"


def _embeddings(value: float, first: int) -> list[AudioEmbeddings]:
    """Embeddings of noise about `value`, different for each clip."""
    rngs = [np.random.default_rng(first + clip) for clip in range(CLIPS)]
    frames = [{"musicnn": rng.normal(size=(4, 3)) + value} for rng in rngs]
    return [AudioEmbeddings(None, of_clip, NO_TAGS, {}, {}) for of_clip in frames]


TRUTH = _embeddings(0.0, 0)
MADE = {"codec_resynthesis": _embeddings(5.0, 10), "all_generated": _embeddings(5.0, 20)}


def _rows(sources: list[str]) -> tuple[dict[tuple[str, str], float], list[str]]:
    rows, notes = two_sample_rows(MADE, TRUTH, sources, CONFIG)
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
