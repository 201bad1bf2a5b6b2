"""VGGish's front end against other implementations of its parts."""

import librosa
import numpy as np
import pytest
from transformers.audio_utils import mel_filter_bank

from v2meow_pipeline.encoders.vggish.log_mel import log_mel, mel_triangles

RATE_HZ = 16_000
HTK = {"norm": None, "mel_scale": "htk"}


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    return np.random.default_rng(0).normal(scale=0.2, size=16_000)


def test_triangles_are_those_of_another_library() -> None:
    """Catches Slaney's scale, sides that are straight in Hz, and equal areas, each of which looks alike."""
    expected = mel_filter_bank(257, 64, 125, 7_500, RATE_HZ, **HTK, triangularize_in_mel_space=True)
    np.testing.assert_allclose(mel_triangles(), expected, atol=1e-6)
    assert not np.allclose(mel_triangles(), mel_filter_bank(257, 64, 125, 7_500, RATE_HZ, **HTK))


def test_the_whole_front_end_is_that_of_other_libraries(wave: np.ndarray) -> None:
    """Catches padding, a symmetric window, power instead of magnitudes, and another logarithm or offset."""
    # librosa puts the window of 400 into the middle of 512 samples, so its frames start 56 samples earlier.
    spectrum = np.abs(
        librosa.stft(np.pad(wave, 56), n_fft=512, hop_length=160, win_length=400, window="hann", center=False)
    ).T
    filters = mel_filter_bank(257, 64, 125, 7_500, RATE_HZ, **HTK, triangularize_in_mel_space=True)
    ours = log_mel(wave)
    assert ours.shape == (98, 64) and ours.dtype == np.float32
    np.testing.assert_allclose(ours, np.log(spectrum @ filters + 0.01), atol=1e-5)


def test_silence_is_the_offset_and_a_tone_lies_in_its_band() -> None:
    """Catches a floor that is not a number, and bands in another order or with other edges."""
    assert np.allclose(log_mel(np.zeros(1_000)), np.log(0.01))
    tone = log_mel(np.sin(2 * np.pi * 1_000 * np.arange(4_000) / RATE_HZ))
    mels = 1127 * np.log(1 + np.array([125, 1_000, 7_500]) / 700)
    band = round((mels[1] - mels[0]) / (mels[2] - mels[0]) * 65) - 1
    assert (tone.argmax(axis=1) == band).all()


@pytest.mark.parametrize(("samples", "frames"), [(400, 1), (559, 1), (560, 2), (15_600, 96), (16_000, 98)])
def test_frames_per_wave(wave: np.ndarray, samples: int, frames: int) -> None:
    """Catches frames that reach beyond the end."""
    assert len(log_mel(wave[:samples])) == frames
