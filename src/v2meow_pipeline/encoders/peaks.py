"""Peaks of a signal, equal to `scipy.signal.find_peaks`, without importing scipy.signal, which takes a second."""

import numpy as np


def find_peaks(values: np.ndarray, distance: int, prominence: float) -> np.ndarray:
    """Finds local maxima of a signal.

    Args:
        values: signal, float `[t]`.
        distance: least distance of two peaks; of closer ones the lower is dropped first.
        prominence: least height above the higher of the two lowest points between the peak and higher values.

    Returns:
        Indices of the peaks, ascending; of a flat maximum its middle, rounded down.
    """
    peaks = _distant(_maxima(values), values, distance)
    prominent = [_prominence(values, peak) >= prominence for peak in peaks.tolist()]
    return peaks[np.array(prominent, dtype=bool)]


def _maxima(values: np.ndarray) -> np.ndarray:
    """Middles of the runs of equal values that are above both neighbours; the ends of the signal are none."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    ends = np.r_[starts[1:], len(values)] - 1
    inner = np.flatnonzero((starts > 0) & (ends < len(values) - 1))
    above = (values[starts[inner] - 1] < values[starts[inner]]) & (values[ends[inner] + 1] < values[ends[inner]])
    runs = inner[above]
    return (starts[runs] + ends[runs]) // 2


def _distant(peaks: np.ndarray, values: np.ndarray, distance: int) -> np.ndarray:
    kept = np.ones(len(peaks), dtype=bool)
    # From the highest to the lowest; of equal ones the last is first, as in scipy.
    for index in np.argsort(values[peaks])[::-1].tolist():
        if kept[index]:
            near = np.abs(peaks - peaks[index]) < distance
            near[index] = False
            kept &= ~near
    return peaks[kept]


def _prominence(values: np.ndarray, peak: int) -> float:
    higher = np.flatnonzero(values > values[peak])
    split = int(np.searchsorted(higher, peak))
    left = higher[split - 1] + 1 if split > 0 else 0
    right = higher[split] if split < len(higher) else len(values)
    return float(values[peak] - max(values[left : peak + 1].min(), values[peak:right].min()))
