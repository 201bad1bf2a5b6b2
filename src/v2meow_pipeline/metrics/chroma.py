"""Chromagram with estimated tuning, equal to librosa 0.11's `chroma_stft` without importing librosa and numba."""

import numpy as np

from v2meow_pipeline.metrics.validate import Array, Mask

PITCH_CLASSES = 12
A4_HZ = 440.0
# Range in which partials are looked for, and their smallest share of the strongest bin of a frame.
LOWEST_HZ, HIGHEST_HZ = 150.0, 4000.0
WEAKEST = 0.1
# Resolution of the tuning, in semitones.
TUNING_STEP = 0.01
# Weight of octaves: a Gaussian around this octave, with this standard deviation in octaves.
CENTRE_OCTAVE, OCTAVE_WIDTH = 5.0, 2.0


def chromagram(magnitudes: Array, sample_rate_hz: int) -> Array:
    """Magnitude of each pitch class, not normalised.

    Args:
        magnitudes: magnitudes of an STFT, float32 `[1 + fft_samples // 2, frame]`.
        sample_rate_hz: sample rate in Hz.

    Returns:
        Pitch classes from C, float32 `[12, frame]`.
    """
    fft_samples = 2 * (len(magnitudes) - 1)
    filters = chroma_filters(sample_rate_hz, fft_samples, estimate_tuning(magnitudes, sample_rate_hz))
    chroma: Array = np.einsum("cf,ft->ct", filters, magnitudes, optimize=True)
    return chroma


def estimate_tuning(magnitudes: Array, sample_rate_hz: int) -> float:
    """Deviation of the tuning from A4 = 440 Hz: the most frequent one of the strong partials.

    Args:
        magnitudes: magnitudes of an STFT, float32 `[bin, frame]`.
        sample_rate_hz: sample rate in Hz.

    Returns:
        Semitones in [-0.5, 0.5); 0 without partials.
    """
    fft_samples = 2 * (len(magnitudes) - 1)
    shift = _peak_shift(magnitudes)
    partials = np.nonzero(_peaks(magnitudes, sample_rate_hz, fft_samples))
    if not len(partials[0]):
        return 0.0
    frequencies_hz = ((partials[0] + shift[partials]) * float(sample_rate_hz) / fft_samples).astype(magnitudes.dtype)
    strength = magnitudes[partials] + (0.5 * np.gradient(magnitudes, axis=0) * shift)[partials]
    strong = frequencies_hz[strength >= np.median(strength)]
    deviation = np.mod(PITCH_CLASSES * _octaves(strong, 0.0), 1.0)
    deviation[deviation >= 0.5] -= 1.0
    counts, edges = np.histogram(deviation, np.linspace(-0.5, 0.5, round(1 / TUNING_STEP) + 1))
    return float(edges[counts.argmax()])


def chroma_filters(sample_rate_hz: int, fft_samples: int, tuning: float) -> Array:
    """Filters from FFT bins to pitch classes, as `librosa.filters.chroma`.

    Args:
        sample_rate_hz: sample rate in Hz.
        fft_samples: FFT length in samples.
        tuning: deviation from A4 = 440 Hz, in semitones.

    Returns:
        Weights, float32 `[12, 1 + fft_samples // 2]`.
    """
    frequencies_hz = np.linspace(0, sample_rate_hz, fft_samples, endpoint=False)[1:]
    pitches = PITCH_CLASSES * _octaves(frequencies_hz, tuning)
    # The bin at 0 Hz has no pitch: it is put one and a half octaves below the first one.
    pitches = np.concatenate(([pitches[0] - 1.5 * PITCH_CLASSES], pitches))
    widths = np.concatenate((np.maximum(np.diff(pitches), 1.0), [1.0]))
    half = PITCH_CLASSES / 2
    distances = pitches - np.arange(PITCH_CLASSES)[:, None]
    distances = np.remainder(distances + half + 10 * PITCH_CLASSES, PITCH_CLASSES) - half
    weights = np.exp(-0.5 * (2 * distances / widths) ** 2)
    weights /= np.sqrt((weights**2).sum(axis=0, keepdims=True))
    weights *= np.exp(-0.5 * ((pitches / PITCH_CLASSES - CENTRE_OCTAVE) / OCTAVE_WIDTH) ** 2)
    from_c = np.roll(weights, -3, axis=0)  # octaves are counted from A
    return np.ascontiguousarray(from_c[:, : 1 + fft_samples // 2], dtype=np.float32)


def _octaves(frequencies_hz: Array, tuning: float) -> Array:
    """Octaves above A0."""
    octaves: Array = np.log2(frequencies_hz / (A4_HZ * 2.0 ** (tuning / PITCH_CLASSES) / 16))
    return octaves


def _peaks(magnitudes: Array, sample_rate_hz: int, fft_samples: int) -> Mask:
    """Bins that are local maxima of their frame, within the range of partials, `[bin, frame]`."""
    audible = magnitudes * (magnitudes > WEAKEST * magnitudes.max(axis=0, keepdims=True))
    peaks = np.zeros(magnitudes.shape, dtype=bool)
    peaks[1:-1] = (audible[1:-1] > audible[:-2]) & (audible[1:-1] >= audible[2:])
    frequencies_hz = np.fft.rfftfreq(fft_samples, 1.0 / sample_rate_hz)
    peaks &= ((frequencies_hz >= LOWEST_HZ) & (frequencies_hz < HIGHEST_HZ))[:, None]
    return peaks


def _peak_shift(magnitudes: Array) -> Array:
    """Distance to the vertex of the parabola through each bin and its neighbours, in (-1, 1) bins; 0 without one."""
    shift = np.zeros_like(magnitudes)
    curvature = magnitudes[2:] + magnitudes[:-2] - 2 * magnitudes[1:-1]
    slope = (magnitudes[2:] - magnitudes[:-2]) / 2
    inside = np.abs(slope) < np.abs(curvature)
    shift[1:-1][inside] = -slope[inside] / curvature[inside]
    return shift
