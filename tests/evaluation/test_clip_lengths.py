"""Clips that end before the clock's do."""

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.evaluation.clip_lengths import ClipTrimmer
from v2meow_pipeline.evaluation.measure import MeasureConfig, Measurer
from v2meow_pipeline.metrics.controls import click_track, control_systems

CLOCK = Clock()
RATE = CLOCK.sample_rate_hz
ENDS = [2.0, 10.0, 6.5]
CLIPS = pd.DataFrame({"clip_id": ["a", "b", "c"], "start_s": 0.0, "end_s": ENDS, "caption": "", "tempo_bpm": 120.0})


def _padded(seconds: float) -> np.ndarray:
    wave = np.zeros(CLOCK.clip_samples, np.float32)
    wave[: round(seconds * RATE)] = click_track(120, round(seconds * RATE), RATE)
    return wave


def test_a_clip_is_heard_as_long_as_it_lasts() -> None:
    """Catches the silence behind a short clip among what is scored, and a whole clip that is copied."""
    lasting, waves = ClipTrimmer(CLIPS, CLOCK), [_padded(end) for end in ENDS]
    cut = lasting.cut(waves)
    assert [len(wave) / RATE for wave in cut] == ENDS
    assert cut[1] is waves[1] and lasting.whole() == [1]
    assert lasting.cut(waves)[0] is cut[0]
    later = CLIPS.assign(start_s=[20.0, 30.0, 40.0], end_s=[30.0, 40.0, 50.0])
    assert ClipTrimmer(later, CLOCK).whole() == [0, 1, 2]


@pytest.mark.filterwarnings("ignore::v2meow_pipeline.metrics.fad.QualityWarning")
@pytest.mark.filterwarnings("ignore:n_fft=.*")
def test_music_that_plays_on_loses_nothing() -> None:
    """Catches coverage that counts seconds after the clip's end: of two seconds it would be a fifth; and a network or
    metric that cannot hear two seconds."""
    lasting, truth = ClipTrimmer(CLIPS, CLOCK), [_padded(end) for end in ENDS]
    systems = control_systems(truth, RATE, CLIPS["tempo_bpm"].tolist(), 0)
    systems["on"] = [click_track(120, CLOCK.clip_samples, RATE)] * 3
    heard = {name: lasting.cut(waves) for name, waves in systems.items()}
    config = MeasureConfig.parse({"pictures": False, "metrics": {"replicates": 20, "fad_replicates": 3}})
    result, _ = Measurer(heard["ground_truth"], CLIPS, config, CLOCK).measure(heard)
    assert result.row("on", "beat_coverage_adjusted").value == pytest.approx(100, abs=20)
    assert result.row("on", "beat_hit_adjusted").value == pytest.approx(100)
