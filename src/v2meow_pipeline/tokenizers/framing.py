"""Windows over a waveform, one a token, each centred on the stretch of sound that its token stands for."""

import numpy as np
from jaxtyping import Float


def centred_frames(wave: Float[np.ndarray, " n"], t: int, window: int, hop: int) -> Float[np.ndarray, "t window"]:
    """Overlapping windows, the k-th centred on samples [k * hop, (k + 1) * hop).

    A wave that is not `t` hops long is cut or padded with silence; beyond both ends it is mirrored, so that the first
    and last windows are as loud as their neighbours and a token's place in the clip leaves no trace in it.

    Args:
        wave: samples.
        t: number of windows.
        window: samples of each; `window - hop` is even.
        hop: samples between the starts of two windows.

    Returns:
        A read-only view of the padded wave.
    """
    length = t * hop
    fitted = np.pad(wave[:length].astype(np.float32, copy=False), (0, max(0, length - len(wave))))
    if t == 0:
        return np.zeros((0, window), np.float32)
    margin = (window - hop) // 2
    padded = np.pad(fitted, (margin, margin), mode="reflect")
    return np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]


def hann(window: int) -> Float[np.ndarray, " window"]:
    """The periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)
