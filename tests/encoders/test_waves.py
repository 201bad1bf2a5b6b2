"""Segments lie at fixed places and resampling keeps pitch."""

import numpy as np
import pytest

from v2meow_pipeline.encoders.waves import segments, to_rate


@pytest.mark.parametrize(
    ("samples", "lengths"), [(1, [1]), (10, [10]), (14, [10]), (15, [10, 5]), (20, [10, 10]), (34, [10, 10, 10])]
)
def test_segments_adjoin_and_a_short_rest_is_dropped(samples: int, lengths: list[int]) -> None:
    """A rest of a few samples would weigh as much in the mean as ten seconds of music."""
    wave = np.arange(samples, dtype=np.float32)
    parts = segments(wave, 10)
    assert [len(part) for part in parts] == lengths
    np.testing.assert_array_equal(np.concatenate(parts), wave[: sum(lengths)])


@pytest.mark.parametrize("from_hz", [8_000, 22_050, 44_100, 48_000])
def test_resampling_keeps_pitch_and_length(from_hz: int) -> None:
    wave = np.sin(2 * np.pi * 1000 * np.arange(from_hz) / from_hz).astype(np.float32)
    out = to_rate(wave, from_hz, 16_000)
    assert len(out) == 16_000 and np.abs(np.fft.rfft(out)).argmax() == 1000


def test_same_rate_is_untouched() -> None:
    wave = np.random.default_rng(0).normal(size=100).astype(np.float32)
    np.testing.assert_array_equal(to_rate(wave, 16_000, 16_000), wave)
