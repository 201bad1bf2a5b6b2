"""Hidden layers of a network as frame features: how long waves are cut, and which layer is taken.

Attention costs the square of what it sees, so a wave is seen in windows with margins on both sides; a clip of the
corpus fits one window.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.errors import ConfigError

WINDOW_S, MARGIN_S = 20.0, 2.0
# The paper's layer: 7 of the 12 of w2v-BERT XL's masked-prediction module.
PAPERS_LAYER, PAPERS_LAYERS = 7, 12

Frames = Callable[[np.ndarray, int], np.ndarray]


def in_windows(
    frames: Frames, wave: Float[np.ndarray, " n"], t: int, hop: int, token_hz: int
) -> Float[np.ndarray, "t width"]:
    """Features of any length of sound, seen 20 s at a time with 2 s more on either side.

    Args:
        frames: features of a wave of `t * hop` samples, given `t`.
        wave: samples; cut or padded with silence to `t * hop`.
        t: frames, at least one.
        hop: samples a frame.
        token_hz: frames a second.

    Returns:
        float32.
    """
    fitted = np.pad(wave[: t * hop].astype(np.float32, copy=False), (0, max(0, t * hop - len(wave))))
    window, margin = round(WINDOW_S * token_hz), round(MARGIN_S * token_hz)
    parts = []
    for start in range(0, t, window):
        stop = min(start + window, t)
        first, last = max(0, start - margin), min(t, stop + margin)
        parts.append(frames(fitted[first * hop : last * hop], last - first)[start - first : stop - first])
    return np.concatenate(parts).astype(np.float32, copy=False)


def choose_layer(layer: int | None, layers: int, network: str) -> int:
    """The hidden layer that is taken, counted from 1.

    Args:
        layer: as configured; None is as far up as the paper's 7 of 12.
        layers: that the network has.
        network: its name, for the error.

    Returns:
        From 1 to `layers`.

    Raises:
        ConfigError: when there is no such layer.
    """
    chosen = max(1, round(layers * PAPERS_LAYER / PAPERS_LAYERS)) if layer is None else layer
    if not 1 <= chosen <= layers:
        raise ConfigError(f"{network} has no layer {chosen}.", f"Choose one from 1 to {layers}.")
    return chosen
