"""What every metric demands of its input. A fault raises `ValueError`, and no score stands for it."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
Indices = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
SHORTEST = 1e-12


def require_wave(wave: npt.ArrayLike, sample_rate_hz: int) -> npt.NDArray[np.float32]:
    """The wave as float32.

    Args:
        wave: mono, `[n]`, in [-1, 1] by convention.
        sample_rate_hz: samples a second.

    Returns:
        The same samples.

    Raises:
        ValueError: if it is empty, not mono, or holds values that are not finite.
    """
    samples = np.asarray(wave, dtype=np.float32)
    if samples.ndim != 1:
        raise ValueError(f"a mono wave [n] is needed, not an array of shape {samples.shape}")
    if len(samples) == 0:
        raise ValueError("the wave is empty")
    if not np.isfinite(samples).all():
        raise ValueError("the wave holds values that are not finite")
    if sample_rate_hz <= 0:
        raise ValueError(f"a sample rate of {sample_rate_hz} Hz makes no sense")
    return samples


def require_tempo(tempo_bpm: float) -> float:
    """The tempo, if it is one.

    Args:
        tempo_bpm: beats a minute.

    Returns:
        The same number.

    Raises:
        ValueError: if it is not finite and positive.
    """
    if not (np.isfinite(tempo_bpm) and tempo_bpm > 0):
        raise ValueError(f"{tempo_bpm} BPM is not a tempo")
    return float(tempo_bpm)


def unit_vectors(vectors: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The vectors at length 1.

    Args:
        vectors: `[..., width]`.

    Returns:
        The same shape, float64.

    Raises:
        ValueError: if there is none, or one has values that are not finite, or length 0 and so no direction.
    """
    values = np.asarray(vectors, dtype=np.float64)
    if values.ndim == 0 or values.size == 0:
        raise ValueError(f"vectors [..., width] are needed, not an array of shape {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("the vectors hold values that are not finite")
    lengths = np.linalg.norm(values, axis=-1, keepdims=True)
    if (lengths <= SHORTEST).any():
        raise ValueError("a vector of length 0 has no direction")
    return values / lengths
