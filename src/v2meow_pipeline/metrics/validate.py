"""Input validation shared by the metrics; invalid input raises `ValueError` instead of giving a score."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SHORTEST = 1e-12


def require_wave(wave: npt.ArrayLike, sample_rate_hz: int) -> npt.NDArray[np.float32]:
    """Validates a waveform and converts it to float32.

    Args:
        wave: mono waveform, `[n]`, in [-1, 1] by convention.
        sample_rate_hz: sample rate in Hz.

    Returns:
        The waveform, `[n]`.

    Raises:
        ValueError: if the wave is empty, not mono or not finite, or the sample rate is not positive.
    """
    samples = np.asarray(wave, dtype=np.float32)
    if samples.ndim != 1:
        raise ValueError(f"expected a mono wave [n], got an array of shape {samples.shape}")
    if len(samples) == 0:
        raise ValueError("the wave is empty")
    if not np.isfinite(samples).all():
        raise ValueError("the wave has values that are not finite")
    if sample_rate_hz <= 0:
        raise ValueError(f"the sample rate must be positive, not {sample_rate_hz} Hz")
    return samples


def require_tempo(tempo_bpm: float) -> float:
    """Validates a tempo.

    Args:
        tempo_bpm: tempo in beats per minute.

    Returns:
        The tempo.

    Raises:
        ValueError: if the tempo is not finite and positive.
    """
    if not (np.isfinite(tempo_bpm) and tempo_bpm > 0):
        raise ValueError(f"a tempo must be finite and positive, not {tempo_bpm} BPM")
    return float(tempo_bpm)


def unit_vectors(vectors: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Normalises vectors to unit length.

    Args:
        vectors: vectors, `[..., width]`.

    Returns:
        Unit vectors in the same shape, float64.

    Raises:
        ValueError: if the array is empty, or a vector is not finite or has length 0.
    """
    values = np.asarray(vectors, dtype=np.float64)
    if values.ndim == 0 or values.size == 0:
        raise ValueError(f"expected vectors [..., width], got an array of shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("the vectors have values that are not finite")
    lengths = np.linalg.norm(values, axis=-1, keepdims=True)
    if (lengths <= SHORTEST).any():
        raise ValueError("a vector of length 0 cannot be normalised")
    return values / lengths
