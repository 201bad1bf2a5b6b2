"""Control systems of any audio."""

import numpy as np
import pytest

from v2meow_pipeline.evaluation.audio_sets import AudioSet
from v2meow_pipeline.evaluation.controls import control_systems

WAVES = [np.random.default_rng(clip).normal(size=1600).astype(np.float32) for clip in range(4)]
IDS = list("abcd")


def test_control_systems_match_the_reference_in_number_and_length() -> None:
    """Catches a control without some clips, and a shuffle that leaves a clip its own music."""
    systems = control_systems(AudioSet.of_waves(IDS, WAVES), 16_000, [120.0, 90.0, np.nan, 100.0], seed=3)
    assert list(systems) == ["ground_truth", "random_shuffle", "click_track", "silence"]
    for audio in systems.values():
        assert [clip.clip_id for clip in audio.clips] == IDS
        assert [wave.shape for wave in audio.waves()] == [(1600,)] * 4
    assert not any(np.array_equal(a, b) for a, b in zip(systems["random_shuffle"].waves(), WAVES, strict=True))


def test_clips_of_different_lengths_are_not_shuffled() -> None:
    """Catches a shuffle in which a clip gets music that ends before it does."""
    with pytest.raises(ValueError, match="different lengths"):
        control_systems(AudioSet.of_waves(IDS, [WAVES[0][:9], *WAVES[1:]]), 16_000, [120.0] * 4, seed=0)
