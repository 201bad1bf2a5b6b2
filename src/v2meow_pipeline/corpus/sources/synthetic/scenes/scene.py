"""What every scene is: a layout drawn once a shot, and a picture drawn once a frame."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from v2meow_pipeline.corpus.sources.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.corpus.sources.synthetic.scenes.canvas import Canvas
from v2meow_pipeline.corpus.sources.synthetic.scenes.palettes import Palette


class Scene(Protocol):
    """One shot's layout."""

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """Paints the whole canvas as it looks at one moment."""


SceneFactory = Callable[[Canvas, Palette, np.random.Generator], Scene]
"""Builds a shot from the canvas's geometry, the colours and a generator that decides the layout."""
