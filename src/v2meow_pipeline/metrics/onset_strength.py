"""Onset strength and tempogram, equal to librosa 0.11's to the last bit, without importing librosa and numba.

Importing librosa takes 1 to 4 s, and some 45 s on its first use, which compiles. The operations, their order and the
memory layouts are librosa's, since sums depend on them; tests compare the results.
"""

import numpy as np

from v2meow_pipeline.metrics.mel_filters import mel_filters
from v2meow_pipeline.metrics.stft import hann, stft
from v2meow_pipeline.metrics.validate import Array

BANDS = 128
FLOOR = 1e-10
RANGE_DB = 80.0


def onset_strength(samples: Array, sample_rate_hz: int, hop: int, fft_samples: int) -> Array:
    """Mean increase of the log-mel spectrum from one frame to the next, as `librosa.onset.onset_strength`.

    Args:
        samples: mono waveform, float32 `[n]`.
        sample_rate_hz: sample rate in Hz.
        hop: hop length in samples.
        fft_samples: window and FFT length in samples.

    Returns:
        Non-negative onset strength, float32 `[1 + n // hop]`.
    """
    power = np.abs(stft(samples, hop, fft_samples)) ** 2.0
    mel = np.einsum("...ft,mf->...mt", power, mel_filters(sample_rate_hz, fft_samples, BANDS), optimize=True)
    level_db = 10.0 * np.log10(np.maximum(FLOOR, mel))
    level_db = np.maximum(level_db, level_db.max() - RANGE_DB)
    rise = np.maximum(0.0, level_db[..., 1:] - level_db[..., :-1]).mean(axis=-2)
    # A rise between two frames belongs to the later one, and frames are centred.
    strength: Array = np.pad(rise, (1 + fft_samples // (2 * hop), 0))
    return strength[: level_db.shape[-1]]


def tempogram(envelope: Array, window: int) -> Array:
    """Autocorrelation of an onset envelope in a window around each frame, as `librosa.feature.tempogram`.

    Args:
        envelope: onset strength, `[frame]`.
        window: length of the window in frames.

    Returns:
        Autocorrelation relative to its maximum, `[lag, frame]`.
    """
    padded = np.pad(envelope, window // 2, mode="linear_ramp", end_values=(0, 0))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window).T[:, : len(envelope)]
    length = _fast_length(2 * window - 1)
    spectrum = np.fft.rfft(frames * hann(window)[:, None], n=length, axis=-2)
    power = spectrum.real**2 + spectrum.imag**2
    correlation = np.fft.irfft(power, n=length, axis=-2)[:window]
    largest = np.abs(correlation).max(axis=-2, keepdims=True)
    normalised: Array = correlation / np.where(largest < np.finfo(largest.dtype).tiny, 1.0, largest)
    return normalised


def _fast_length(samples: int) -> int:
    """Smallest length of at least `samples` without prime factors above 5, whose FFT is fast."""
    while True:
        rest = samples
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return samples
        samples += 1
