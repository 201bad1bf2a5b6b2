"""Clips that end before the clock's do."""

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.evaluation.audio_sets import AudioSet
from v2meow_pipeline.evaluation.clip_lengths import clip_lengths, full_clips
from v2meow_pipeline.evaluation.controls import control_systems
from v2meow_pipeline.evaluation.measure import MeasureConfig, measure_audio
from v2meow_pipeline.metrics.controls import click_track

CLOCK = Clock()
RATE = CLOCK.sample_rate_hz
ENDS = [2.0, 10.0, 6.5]
CLIPS = pd.DataFrame({"clip_id": ["a", "b", "c"], "start_s": 0.0, "end_s": ENDS, "caption": "", "tempo_bpm": 120.0})


def _padded(seconds: float) -> np.ndarray:
    wave = np.zeros(CLOCK.clip_samples, np.float32)
    wave[: round(seconds * RATE)] = click_track(120, round(seconds * RATE), RATE)
    return wave


def _truth() -> AudioSet:
    return AudioSet.of_waves(CLIPS["clip_id"].tolist(), [_padded(end) for end in ENDS])


def test_a_clip_is_scored_up_to_its_end() -> None:
    """Catches the padding after a short clip among what is scored."""
    lengths = clip_lengths(CLIPS, CLOCK)
    assert [len(wave) / RATE for wave in _truth().trimmed(lengths).waves()] == ENDS
    assert full_clips(lengths, CLOCK) == [1]
    later = CLIPS.assign(start_s=[20.0, 30.0, 40.0], end_s=[30.0, 40.0, 50.0])
    assert full_clips(clip_lengths(later, CLOCK), CLOCK) == [0, 1, 2]


@pytest.mark.filterwarnings("ignore::v2meow_pipeline.metrics.fad.QualityWarning")
@pytest.mark.filterwarnings("ignore:n_fft=.*")
def test_music_that_plays_on_loses_nothing() -> None:
    """Catches coverage that counts seconds after the clip's end: of two seconds it would be a fifth; and a network or
    metric that fails on two seconds."""
    systems = control_systems(_truth(), RATE, CLIPS["tempo_bpm"].tolist(), 0)
    systems["on"] = AudioSet.of_waves(["a", "b", "c"], [click_track(120, CLOCK.clip_samples, RATE)] * 3)
    trimmed = {name: audio.trimmed(clip_lengths(CLIPS, CLOCK)) for name, audio in systems.items()}
    config = MeasureConfig.parse({"pictures": False, "metrics": {"replicates": 20, "fad_replicates": 3}})
    result = measure_audio(trimmed, trimmed["ground_truth"], CLIPS, config, CLOCK)
    assert result.row("on", "beat_coverage_adjusted").value == pytest.approx(100, abs=20)
    assert result.row("on", "beat_hit_adjusted").value == pytest.approx(100)
