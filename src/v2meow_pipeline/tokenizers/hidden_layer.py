"""Hidden layers of a network as frame features: windowing of long audio and choice of the layer.

Attention cost is quadratic in length, so long audio is processed in windows with margins on both sides; a clip of the
corpus fits in one window.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.errors import ConfigError

WINDOW_S, MARGIN_S = 20.0, 2.0
# The paper uses layer 7 of the 12 layers of w2v-BERT XL's masked-prediction module.
PAPERS_LAYER, PAPERS_LAYERS = 7, 12

Frames = Callable[[np.ndarray, int], np.ndarray]


def in_windows(
    frames: Frames, wave: Float[np.ndarray, " n"], t: int, hop: int, token_hz: int
) -> Float[np.ndarray, "t width"]:
    """Computes features of audio of any length, in windows of 20 s with margins of 2 s.

    Args:
        frames: function that computes `t` frames from `t * hop` samples and `t`.
        wave: samples; cut or padded with silence to `t * hop`.
        t: number of frames, at least one.
        hop: samples per frame.
        token_hz: frames per second.

    Returns:
        Features, float32.
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
    """Resolves the configured hidden layer.

    Args:
        layer: configured layer, counted from 1; None selects the same relative depth as the paper's layer 7 of 12.
        layers: number of layers of the network.
        network: name of the network, for the error message.

    Returns:
        Index of the layer, from 1 to `layers`.

    Raises:
        ConfigError: if the network has no such layer.
    """
    chosen = max(1, round(layers * PAPERS_LAYER / PAPERS_LAYERS)) if layer is None else layer
    if not 1 <= chosen <= layers:
        raise ConfigError(f"{network} has no layer {chosen}.", f"Choose one from 1 to {layers}.")
    return chosen
