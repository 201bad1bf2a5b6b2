"""Rates and lengths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError


def test_lengths_of_the_papers_clip() -> None:
    """Catches a rate that departs from the paper's table: 10 s, 250 semantic, 500 x 12 acoustic, hop 320."""
    clock = Clock()
    assert (clock.t_visual, clock.t_semantic, clock.t_acoustic) == (10, 250, 500)
    assert (clock.hop_samples, clock.clip_samples) == (320, 160_000)
    assert (clock.coarse_levels, clock.fine_levels) == (4, 8)
    assert clock.mel_hop_samples == clock.hop_samples
    assert Clock(acoustic_hz=25, mel_frames=2).mel_hop_samples == 320


@given(st.integers(0, 3600 * 50))
def test_streams_of_whole_acoustic_frames_agree(frames: int) -> None:
    """Catches two streams of the same duration that drift apart by rounding."""
    clock = Clock()
    duration_s = frames / clock.acoustic_hz
    assert clock.acoustic_frames(duration_s) == frames
    assert clock.samples(duration_s) == frames * clock.hop_samples


@pytest.mark.parametrize(
    "wrong", [{"acoustic_hz": 49}, {"semantic_hz": 30}, {"coarse_levels": 12}, {"coarse_levels": 0}, {"mel_frames": 3}]
)
def test_rates_that_cannot_work_together_are_refused(wrong: dict[str, int]) -> None:
    """Catches a clock whose streams do not line up, before anything is computed with it."""
    with pytest.raises(ConfigError):
        Clock.parse(wrong)
