"""Camera of synthetic scenes: viewpoints that change with every cut, and zoom and shake on beats."""

from math import cos, sin
from typing import Final, NamedTuple

import cv2
import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import OVERSCAN, Canvas, Image
from v2meow_pipeline.synthetic.scenes.palettes import Palette

_PUNCH_ZOOM: Final = 0.11
_SHAKE: Final = 0.05
_DRIFT: Final = 0.05
_VIGNETTE: Final = 0.45
_FLASH: Final = 0.5


class Viewpoint(NamedTuple):
    """Camera parameters of one shot.

    Attributes:
        zoom: magnification, at least 1.
        centre: center of the view, world units.
        mirror: whether to flip horizontally.
        drift: amplitude of the slow movement in x and y, world units.
        roll_rad: amplitude of the roll on beats, radians.
    """

    zoom: float
    centre: tuple[float, float]
    mirror: bool
    drift: tuple[float, float]
    roll_rad: float


def viewpoint(rng: np.random.Generator) -> Viewpoint:
    """Draws a random viewpoint within the overscan of the canvas."""
    zoom = float(rng.choice([1.0, 1.12, 1.3]))
    reach = 1 - 1 / zoom
    centre = (float(rng.uniform(-reach, reach)), float(rng.uniform(-reach, reach)) * 0.6)
    angle = rng.uniform(0, 2 * np.pi)
    drift = (float(np.cos(angle)) * _DRIFT, float(np.sin(angle)) * _DRIFT * 0.5)
    return Viewpoint(zoom, centre, bool(rng.random() < 0.5), drift, float(rng.uniform(0.01, 0.035)))


class Camera:
    """Camera that renders frames of one size from a canvas."""

    def __init__(self, canvas: Canvas, width: int, height: int, palette: Palette) -> None:
        """Precomputes the vignette and the flash image.

        Args:
            canvas: canvas that sets the geometry.
            width: frame width, pixels.
            height: frame height, pixels.
            palette: colours of the clip; flashes have its light colour.
        """
        self._size = (width, height)
        self._canvas_centre = np.array([canvas.width / 2 - 0.5, canvas.height / 2 - 0.5])
        self._pixel = 2 / height * canvas.scale
        self._scale = canvas.scale
        self._white = np.empty((height, width, 3), dtype=np.uint8)
        self._white[:] = np.rint(palette.light)
        x = np.linspace(-1, 1, width)
        y = np.linspace(-1, 1, height)[:, None]
        shade = 1 - _VIGNETTE * np.clip((x**2 + y**2) / 2, 0, 1) ** 1.5
        self._vignette = np.repeat(np.rint(255 * shade).astype(np.uint8)[:, :, None], 3, axis=2)

    def shoot(self, canvas: Canvas, view: Viewpoint, now: Moment, shake: tuple[float, float]) -> Image:
        """Renders one frame.

        Args:
            canvas: painted canvas.
            view: viewpoint of the shot.
            now: animation signals of the frame.
            shake: unit vector of the shake of the current beat.

        Returns:
            uint8 [height, width, 3], RGB.
        """
        zoom = view.zoom * (1 + _PUNCH_ZOOM * now.kick)
        # Limit the offset so that the view stays within the canvas.
        margin = OVERSCAN - 1 / zoom - 0.02
        offset = [
            min(max(c + _SHAKE * now.kick * s + d * sin(1.3 * now.travel), -margin), margin)
            for c, s, d in zip(view.centre, shake, view.drift, strict=True)
        ]
        roll = view.roll_rad * now.sway
        across, down = cos(roll) * self._pixel / zoom, sin(roll) * self._pixel / zoom
        side = -1.0 if view.mirror else 1.0
        matrix = np.array([[side * across, -side * down, 0.0], [down, across, 0.0]])
        middle = np.array([(self._size[0] - 1) / 2, (self._size[1] - 1) / 2])
        target = self._canvas_centre + np.array(offset) * self._scale
        matrix[:, 2] = target - matrix[:, :2] @ middle
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        frame = cv2.warpAffine(canvas.image, matrix, self._size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
        gain = 0.82 + 0.26 * now.energy + 0.1 * now.kick
        frame = cv2.multiply(frame, self._vignette, scale=gain / 255)
        if now.flash > 0.03:
            weight = _FLASH * now.flash
            frame = cv2.addWeighted(frame, 1 - weight, self._white, weight, 0)
        return frame.astype(np.uint8, copy=False)
