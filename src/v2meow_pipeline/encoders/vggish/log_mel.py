"""Log-mel input features of VGGish: 64 bands with a hop of 10 ms.

As published with the network (tensorflow/models, research/audioset/vggish: mel_features.py, vggish_params.py): 16 kHz,
periodic Hann windows of 25 ms with a hop of 10 ms, no padding, FFT of 512 samples, magnitudes (not power), triangular
filters on HTK's mel scale from 125 to 7,500 Hz that are linear in mels (not in Hz, as librosa's) with peak 1,
log(mel + 0.01).
"""

from functools import cache

import numpy as np
from jaxtyping import Float

SAMPLE_RATE_HZ = 16_000
WINDOW_SAMPLES, HOP_SAMPLES, FFT_SAMPLES = 400, 160, 512
BANDS, LOW_HZ, HIGH_HZ = 64, 125.0, 7_500.0
LOG_OFFSET = 0.01


def log_mel(wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "frame 64"]:
    """Computes the log-mel spectrogram of a waveform.

    Args:
        wave: mono waveform in [-1, 1] at 16 kHz, at least 400 samples.

    Returns:
        Natural logarithms, float32, at least log(0.01), with 1 + (samples - 400) // 160 frames.
    """
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(wave, np.float64), WINDOW_SAMPLES)[::HOP_SAMPLES]
    window = 0.5 - 0.5 * np.cos(2 * np.pi / WINDOW_SAMPLES * np.arange(WINDOW_SAMPLES))
    magnitudes = np.abs(np.fft.rfft(frames * window, FFT_SAMPLES))
    return np.log(magnitudes @ mel_triangles() + LOG_OFFSET).astype(np.float32)


@cache
def mel_triangles() -> Float[np.ndarray, "257 64"]:
    """Weight of each spectrum bin in each mel band, in [0, 1]; the bin at 0 Hz has weight 0."""
    bins = hz_to_mel(np.linspace(0, SAMPLE_RATE_HZ / 2, FFT_SAMPLES // 2 + 1))[:, None]
    edges = np.linspace(hz_to_mel(np.array(LOW_HZ)), hz_to_mel(np.array(HIGH_HZ)), BANDS + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    return np.maximum(0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))


def hz_to_mel(hz: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """Converts frequencies to HTK's mel scale."""
    return np.asarray(1127 * np.log1p(hz / 700))
