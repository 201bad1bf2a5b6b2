"""Periodic scrolling layers wider than the frame, for parallax."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from v2meow_pipeline.synthetic.scenes.canvas import Canvas, Image

Painter = Callable[[Canvas, float], None]
"""Paints a layer, shifted right by the second argument, world units; must be deterministic."""

_HIGHEST_LIFT: Final = 0.2


class Strip:
    """Image layer with transparency that repeats horizontally."""

    def __init__(self, canvas: Canvas, period: float, paint: Painter) -> None:
        """Paints the layer once.

        Args:
            canvas: canvas that sets the geometry.
            period: period of the layer, world units; more than the width of the canvas.
            paint: painter of the layer; it is called several times.
        """
        self._period_px = round(period * canvas.scale)
        self._spare = round(_HIGHEST_LIFT * canvas.scale)
        wide = canvas.widened(period - 2 * canvas.right)
        layers = []
        for background in (0, 255):
            wide.image[:] = background
            # Paint neighbouring periods too, so that objects that cross a period boundary wrap around.
            for turn in (-1, 0, 1):
                paint(wide, turn * self._period_px / canvas.scale)
            once = wide.image[:, : self._period_px]
            layers.append(np.concatenate([once, once[:, : canvas.width + 1]], axis=1))
        # The transparency is the difference between the layer on white and on black.
        transparency = layers[1] - np.minimum(layers[0], layers[1])
        painted = np.flatnonzero((transparency < 255).any(axis=(1, 2)))
        self._top = int(painted[0]) if len(painted) else canvas.height
        below = ((0, self._spare), (0, 0), (0, 0))
        self._colour: Image = np.pad(layers[0][self._top :], below, mode="edge")
        self._transparency: Image = np.pad(transparency[self._top :], below, mode="edge")

    def draw(self, canvas: Canvas, shift: float, lift: float = 0.0) -> None:
        """Composites the layer onto a canvas.

        Args:
            canvas: canvas to draw on.
            shift: displacement of the layer to the left, world units.
            lift: upward displacement of the layer, world units.
        """
        rise = min(round(lift * canvas.scale), self._spare, self._top)
        rows = canvas.height - self._top + rise
        left, part = divmod((shift * canvas.scale) % self._period_px, 1.0)
        # Interpolate between whole pixels, since slow movement in pixel steps would have a visible pulse.
        first, second = slice(int(left), int(left) + canvas.width), slice(int(left) + 1, int(left) + 1 + canvas.width)
        transparency, colour = (
            cv2.addWeighted(layer[:rows, first], 1 - part, layer[:rows, second], part, 0)
            for layer in (self._transparency, self._colour)
        )
        target = canvas.image[self._top - rise :]
        cv2.multiply(target, transparency, dst=target, scale=1 / 255)
        cv2.add(target, colour, dst=target)
