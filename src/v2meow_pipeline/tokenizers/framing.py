"""Framing of waveforms: one window per token, centred on the token's samples."""

import numpy as np
from jaxtyping import Float


def centred_frames(wave: Float[np.ndarray, " n"], t: int, window: int, hop: int) -> Float[np.ndarray, "t window"]:
    """Overlapping windows, the k-th centred on samples [k * hop, (k + 1) * hop).

    The waveform is cut or padded with silence to `t` hops, then reflection-padded at both ends, so that the first and
    last windows are as loud as the others.

    Args:
        wave: samples.
        t: number of windows.
        window: window length in samples; `window - hop` must be even.
        hop: hop length in samples.

    Returns:
        Read-only view of the padded waveform.
    """
    length = t * hop
    fitted = np.pad(wave[:length].astype(np.float32, copy=False), (0, max(0, length - len(wave))))
    if t == 0:
        return np.zeros((0, window), np.float32)
    margin = (window - hop) // 2
    padded = np.pad(fitted, (margin, margin), mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]


def hann(window: int) -> Float[np.ndarray, " window"]:
    """Periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)
