"""Scene interface: a layout generated once per shot, and an image painted once per frame."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import Canvas
from v2meow_pipeline.synthetic.scenes.palettes import Palette


class Scene(Protocol):
    """Scene with a fixed layout, for one or more shots."""

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """Paints the whole canvas for one frame, given its animation signals."""


SceneFactory = Callable[[Canvas, Palette, np.random.Generator], Scene]
"""Builds a scene from the canvas geometry, the palette, and the random generator of the layout."""
