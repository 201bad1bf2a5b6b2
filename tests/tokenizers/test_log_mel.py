"""The mel front end and its inversion."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.simple_music import RATE, music

from v2meow_pipeline.tokenizers.framing import centred_frames
from v2meow_pipeline.tokenizers.log_mel import LogMel, magnitudes


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 20))
def test_frames_are_as_many_as_asked(samples: int, t: int) -> None:
    """Any wave, shorter or longer than its frames, gives exactly `t` windows."""
    wave = np.arange(samples, dtype=np.float32)
    frames = centred_frames(wave, t, 128, 32)
    assert frames.shape == (t, 128)
    np.testing.assert_array_equal(frames[0, 48 : 48 + min(32, samples)], wave[:32])


def test_full_scale_sine_has_magnitude_one() -> None:
    """Another scale would make `floor` and every threshold mean something else."""
    wave = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    assert magnitudes(wave, 50, 1280, 320)[10].max() == pytest.approx(1, abs=0.01)


def test_inverted_spectra_have_the_bands_asked_for() -> None:
    """An inversion that forgets the weights of overlapping triangles is a few decibels off."""
    log_mel = LogMel(128, 1280, 320, RATE, 1e-5)
    bands = log_mel.bands(log_mel(music(0, duration_s=1), 50))
    again = log_mel.invert(bands) @ log_mel.filters.T
    loud = bands > 1e-4
    assert np.median(np.abs(np.log10(again[loud] / bands[loud]))) < 0.05


def test_silence_is_one_value_and_inverts_to_nothing() -> None:
    """The logarithm of zero must stay finite, and its inverse be zero again."""
    log_mel = LogMel(64, 1280, 320, RATE, 1e-5)
    quiet = log_mel(np.zeros(RATE, np.float32), 50)
    assert np.all(quiet == np.float32(log_mel.silence))
    assert log_mel.bands(quiet).max() < 1e-11
