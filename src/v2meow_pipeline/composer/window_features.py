"""Changes to the features of a window whose known part is music of another time.

Shapes: `batch` clips, `t` frames of a feature, `width` dimension of a feature.
"""

from collections.abc import Mapping

import numpy as np

from v2meow_pipeline.models.stages import EVENTS

Features = Mapping[str, np.ndarray]


def delayed(features: Features, share: float) -> Features:
    """Delays features; the first values are held until the features start.

    Args:
        features: each feature as [batch, t, width].
        share: delay as a share of the window.

    Returns:
        Features of the same shapes; their ends are cut off.
    """
    return {name: _delayed(values, round(values.shape[1] * share)) for name, values in features.items()}


def held(features: Features, share: float) -> Features:
    """Replaces the start of features by the value after it.

    Args:
        features: each feature as [batch, t, width].
        share: duration of the start as a share of the window, less than 1.

    Returns:
        Features of the same shapes.
    """
    return {name: _held(values, round(values.shape[1] * share)) for name, values in features.items()}


def with_events(features: Features, events: np.ndarray, share: float) -> Features:
    """Replaces the part of the event curves that ends at a time, if there are any.

    Args:
        features: each feature as [batch, t, width].
        events: event curves [batch, t, 2] of at most that duration.
        share: the time as a share of the window.

    Returns:
        Features of the same shapes.
    """
    if EVENTS not in features:
        return features
    curve = np.array(features[EVENTS], np.float32)
    end = round(curve.shape[1] * share)
    curve[:, end - events.shape[1] : end] = events
    return {**features, EVENTS: curve}


def _delayed(values: np.ndarray, count: int) -> np.ndarray:
    first = np.repeat(values[:, :1], count, axis=1)
    return np.concatenate([first, values], axis=1)[:, : values.shape[1]]


def _held(values: np.ndarray, count: int) -> np.ndarray:
    count = min(count, values.shape[1] - 1)
    return np.concatenate([np.repeat(values[:, count : count + 1], count, axis=1), values[:, count:]], axis=1)
