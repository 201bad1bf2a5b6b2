"""Beat tracking by dynamic programming (Ellis 2007), equal to librosa 0.11's without importing librosa and numba.

The operations and their order are those of `librosa.beat.beat_track` without trimming; tests compare the beats.
"""

import math

import numpy as np

from v2meow_pipeline.metrics.validate import Array, Indices

TIGHTNESS = 100.0
SMOOTHING = 32.0
FIRST_BEAT = 0.01


def track_beats(envelope: Array, bpm: float, frame_hz: float) -> Indices:
    """Frames with beats: onsets as strong as possible, at distances as close as possible to the tempo's.

    Args:
        envelope: onset strength, `[frame]`, not all zero.
        bpm: tempo in beats per minute.
        frame_hz: frame rate of the envelope, Hz.

    Returns:
        Indices of frames, ascending, `[beat]`.
    """
    period = int(np.round(frame_hz * 60.0 / bpm))
    scale = envelope.std(ddof=1) + np.finfo(envelope.dtype).tiny
    score = _smoothed((envelope / scale).astype(np.float64), period)
    links, total = _best_paths(score, period)
    beats = []
    frame = _last_beat(total)
    while frame >= 0:
        beats.append(frame)
        frame = int(links[frame])
    audible = np.flatnonzero(score > 0)
    found = np.array(beats[::-1])
    return found[(found >= audible[0]) & (found <= audible[-1])]


def _smoothed(envelope: Array, period: int) -> Array:
    """Convolution with a narrow Gaussian; the sum runs over the window in ascending order, as in a plain loop."""
    offsets = [offset * SMOOTHING / period for offset in range(-period, period + 1)]
    window = [math.exp(-0.5 * (offset * offset)) for offset in offsets]
    frames, score = len(envelope), np.zeros(len(envelope))
    for index, weight in enumerate(window):
        shift = period - index
        # librosa leaves out the first frame of the envelope.
        low, high = max(0, 1 - shift), min(frames, frames - shift)
        if low < high:
            score[low:high] += weight * envelope[low + shift : high + shift]
    return score


def _best_paths(score: Array, period: int) -> tuple[Indices, Array]:
    """Best preceding beat of each frame (-1 for none), and the score of the best path that ends there."""
    lags = range(round(period / 2), 2 * period + 1)
    logs = [math.log(lag) - math.log(period) for lag in lags]
    cost = np.array([TIGHTNESS * (log * log) for log in logs])
    links, total = np.full(len(score), -1), score.copy()
    weakest, started = FIRST_BEAT * score.max(), False
    for frame in range(len(score)):
        known = min(len(cost), max(0, frame - lags[0] + 1))
        link = -1
        if known:
            last = frame - lags[0]
            paths = total[last - known + 1 : last + 1][::-1] - cost[:known]
            best = int(paths.argmax())
            total[frame], link = score[frame] + paths[best], last - best
        started = started or score[frame] >= weakest
        links[frame] = link if started else -1
    return links, total


def _last_beat(total: Array) -> int:
    """Last local maximum of at least half of their median; the last frame if there is none."""
    peaks = np.zeros(len(total), dtype=bool)
    peaks[1:-1] = (total[1:-1] > total[:-2]) & (total[1:-1] >= total[2:])
    peaks[-1] = total[-1] > total[-2]
    if not peaks.any():
        return len(total) - 1
    return int(np.flatnonzero(peaks & (total >= 0.5 * np.median(total[peaks])))[-1])
