"""Layers wider than the frame that scroll for ever, for parallax."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from v2meow_pipeline.corpus.sources.synthetic.scenes.canvas import Canvas, Image

Painter = Callable[[Canvas, float], None]
"""Draws everything that belongs to a layer, moved right by the second argument; the same at every call."""

_HIGHEST_LIFT: Final = 0.2


class Strip:
    """A picture with transparency that repeats sideways."""

    def __init__(self, canvas: Canvas, period: float, paint: Painter) -> None:
        """Paints the layer once.

        Args:
            canvas: whose geometry it gets.
            period: after which the layer repeats, world units; more than the canvas's width.
            paint: draws the layer; it is called several times.
        """
        self._period_px = round(period * canvas.scale)
        self._spare = round(_HIGHEST_LIFT * canvas.scale)
        wide = canvas.widened(period - 2 * canvas.right)
        over = []
        for background in (0, 255):
            wide.image[:] = background
            # What reaches over one end of the period comes in at the other.
            for turn in (-1, 0, 1):
                paint(wide, turn * self._period_px / canvas.scale)
            once = wide.image[:, : self._period_px]
            over.append(np.concatenate([once, once[:, : canvas.width + 1]], axis=1))
        # What shows of a white background but not of a black one is the transparency.
        through = over[1] - np.minimum(over[0], over[1])
        painted = np.flatnonzero((through < 255).any(axis=(1, 2)))
        self._top = int(painted[0]) if len(painted) else canvas.height
        below = ((0, self._spare), (0, 0), (0, 0))
        self._colour: Image = np.pad(over[0][self._top :], below, mode="edge")
        self._through: Image = np.pad(through[self._top :], below, mode="edge")

    def draw(self, canvas: Canvas, shift: float, lift: float = 0.0) -> None:
        """Lays the strip over a canvas.

        Args:
            canvas: to draw on.
            shift: how far the layer has moved to the left, world units.
            lift: how far it is raised, world units.
        """
        rise = min(round(lift * canvas.scale), self._spare, self._top)
        rows = canvas.height - self._top + rise
        left, part = divmod((shift * canvas.scale) % self._period_px, 1.0)
        # Between two whole pixels, or slow movement would go in jumps and have a pulse of its own.
        first, second = slice(int(left), int(left) + canvas.width), slice(int(left) + 1, int(left) + 1 + canvas.width)
        through, colour = (
            cv2.addWeighted(layer[:rows, first], 1 - part, layer[:rows, second], part, 0)
            for layer in (self._through, self._colour)
        )
        target = canvas.image[self._top - rise :]
        cv2.multiply(target, through, dst=target, scale=1 / 255)
        cv2.add(target, colour, dst=target)
