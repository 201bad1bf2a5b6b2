"""Short-time Fourier transform, equal to that of librosa 0.11 to the last bit."""

import numpy as np

from v2meow_pipeline.metrics.validate import Array


def stft(samples: Array, hop: int, fft_samples: int) -> np.ndarray:
    """Short-time Fourier transform with centred Hann windows and zeros around the wave, as `librosa.stft`.

    Args:
        samples: mono waveform, float32 `[n]`.
        hop: hop length in samples.
        fft_samples: window and FFT length in samples, even.

    Returns:
        complex64 `[1 + fft_samples // 2, 1 + n // hop]`.
    """
    padded = np.pad(samples, fft_samples // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, fft_samples)[::hop].T
    spectrum = np.fft.rfft(frames * hann(fft_samples)[:, None], axis=-2)
    return spectrum.astype(np.complex64, order="F")


def hann(samples: int) -> Array:
    """Periodic Hann window.

    Args:
        samples: length in samples.

    Returns:
        Window, `[samples]`.
    """
    window: Array = 0.5 + 0.5 * np.cos(np.linspace(-np.pi, np.pi, samples + 1)[:-1])
    return window
