"""Mel spectra as librosa computes them, without importing librosa (five seconds with its compiler)."""

from functools import cache

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

# Slaney's Auditory Toolbox: linear below 1 kHz, logarithmic above.
LINEAR_HZ_PER_MEL = 200 / 3
BREAK_HZ, BREAK_MEL = 1000.0, 15.0
LOG_STEP = np.log(6.4) / 27


def power_mel(
    wave: Float[np.ndarray, " samples"], sample_rate_hz: int, fft_samples: int, hop_samples: int, mels: int
) -> Float[np.ndarray, "frame mel"]:
    """The power mel spectrum: Hann window, centred frames, edges reflected, Slaney's filters.

    Args:
        wave: mono, longer than half a window.
        sample_rate_hz: of the wave.
        fft_samples: window length.
        hop_samples: between frames; there are 1 + samples // hop of them.
        mels: number of filters, from 0 Hz to half the sample rate.

    Returns:
        float32, non-negative.
    """
    spectrum = torch.stft(
        torch.from_numpy(np.ascontiguousarray(wave, np.float32)),
        fft_samples,
        hop_samples,
        window=torch.hann_window(fft_samples),
        center=True,
        pad_mode="reflect",
        return_complex=True,
    )
    return (spectrum.abs().square().T @ filterbank(sample_rate_hz, fft_samples, mels)).numpy()


@cache
def filterbank(sample_rate_hz: int, fft_samples: int, mels: int) -> Float[Tensor, "bin mel"]:
    """Triangles of equal area on Slaney's mel scale, as librosa.filters.mel makes them by default."""
    bins_hz = np.linspace(0, sample_rate_hz / 2, 1 + fft_samples // 2)
    edges_hz = mel_to_hz(np.linspace(0, hz_to_mel(sample_rate_hz / 2), mels + 2))
    rising = (bins_hz[:, None] - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - bins_hz[:, None]) / (edges_hz[2:] - edges_hz[1:-1])
    triangles = np.maximum(0, np.minimum(rising, falling))
    return torch.from_numpy((triangles * 2 / (edges_hz[2:] - edges_hz[:-2])).astype(np.float32))


def hz_to_mel(hz: float) -> float:
    """Slaney's mel of a frequency."""
    return BREAK_MEL + np.log(hz / BREAK_HZ) / LOG_STEP if hz >= BREAK_HZ else hz / LINEAR_HZ_PER_MEL


def mel_to_hz(mel: Float[np.ndarray, " edge"]) -> Float[np.ndarray, " edge"]:
    """The frequencies of Slaney mels."""
    return np.where(mel < BREAK_MEL, mel * LINEAR_HZ_PER_MEL, BREAK_HZ * np.exp(LOG_STEP * (mel - BREAK_MEL)))
