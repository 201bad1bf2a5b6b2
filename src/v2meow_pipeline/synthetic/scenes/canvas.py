"""Drawing surface in world units, so that scenes are independent of the frame size.

World units: y runs from -1 (top of the frame) to 1 (bottom), x from -aspect to aspect. The surface extends beyond the
frame on every side (`OVERSCAN`), so that the camera can move without showing an edge.
"""

from collections.abc import Iterable, Sequence
from copy import copy
from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Colour = tuple[float, float, float]
Image = NDArray[np.uint8]
Points = NDArray[np.float64]

OVERSCAN: Final = 1.18
_SUPERSAMPLING: Final = 1.2
_SHIFT: Final = 4
_SUBPIXELS: Final = float(1 << _SHIFT)


class Canvas:
    """RGB surface with drawing primitives; all coordinates and sizes are in world units."""

    def __init__(self, width: int, height: int) -> None:
        """Creates a black surface.

        Args:
            width: width of the camera's frames, pixels.
            height: height of the camera's frames, pixels.
        """
        self.aspect = width / height
        self.scale = height / 2 * _SUPERSAMPLING
        self.width = round(width * _SUPERSAMPLING * OVERSCAN)
        self.height = round(height * _SUPERSAMPLING * OVERSCAN)
        self.right = self.aspect * OVERSCAN
        self.bottom = OVERSCAN
        self._origin = np.array([self.width / 2 - 0.5, self.height / 2 - 0.5])
        self.image: Image = np.zeros((self.height, self.width, 3), dtype=np.uint8)

    def twin(self) -> "Canvas":
        """Black surface of the same geometry, such as for a background."""
        other = copy(self)
        other.image = np.zeros_like(self.image)
        return other

    def widened(self, extra: float) -> "Canvas":
        """Black surface that extends `extra` world units further to the right."""
        other = copy(self)
        other.width = self.width + round(extra * self.scale)
        other.image = np.zeros((self.height, other.width, 3), dtype=np.uint8)
        return other

    def pixels(self, points: ArrayLike) -> NDArray[np.int32]:
        """Converts world coordinates to OpenCV's fixed-point pixel coordinates.

        Args:
            points: [..., 2], x and y, world units.

        Returns:
            [..., 2], in sixteenths of a pixel.
        """
        scaled = (np.asarray(points, dtype=np.float64) * self.scale + self._origin) * _SUBPIXELS
        return np.rint(scaled).astype(np.int32)

    def thickness(self, width: float) -> int:
        """Stroke width in whole pixels, at least one."""
        return max(1, round(width * self.scale))

    def disc(self, x: float, y: float, radius: float, colour: Colour, width: float = 0.0) -> None:
        """Draws a filled circle, or a ring if `width` is positive."""
        ox, oy = self._origin
        centre = (round((x * self.scale + ox) * _SUBPIXELS), round((y * self.scale + oy) * _SUBPIXELS))
        thickness = self.thickness(width) if width else -1
        cv2.circle(self.image, centre, round(radius * self.scale * _SUBPIXELS), colour, thickness, cv2.LINE_AA, _SHIFT)

    def ellipse(self, x: float, y: float, radii: tuple[float, float], angle_deg: float, colour: Colour) -> None:
        """Draws a filled ellipse, rotated clockwise by `angle_deg`."""
        ox, oy = self._origin
        centre = (round((x * self.scale + ox) * _SUBPIXELS), round((y * self.scale + oy) * _SUBPIXELS))
        axes = (round(radii[0] * self.scale * _SUBPIXELS), round(radii[1] * self.scale * _SUBPIXELS))
        cv2.ellipse(self.image, centre, axes, angle_deg, 0, 360, colour, -1, cv2.LINE_AA, _SHIFT)

    def polygon(self, points: ArrayLike, colour: Colour) -> None:
        """Draws one filled polygon of any shape, points [n, 2]."""
        cv2.fillPoly(self.image, [self.pixels(points)], colour, cv2.LINE_AA, _SHIFT)

    def convex(self, shapes: ArrayLike, colours: Iterable[Colour]) -> None:
        """Draws filled convex polygons in order: shapes [n, corner, 2], and one colour per shape."""
        for shape, colour in zip(self.pixels(shapes), colours, strict=False):
            cv2.fillConvexPoly(self.image, shape, colour, cv2.LINE_AA, _SHIFT)

    def lines(self, paths: ArrayLike, colour: Colour, width: float, closed: bool = False) -> None:
        """Draws open or closed paths of one colour, paths [n, point, 2]."""
        fixed = self.pixels(paths)
        cv2.polylines(self.image, list(fixed), closed, colour, self.thickness(width), cv2.LINE_AA, _SHIFT)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Draws a filled axis-aligned rectangle."""
        corners = self.pixels([[left, top], [right, top], [right, bottom], [left, bottom]])
        cv2.fillConvexPoly(self.image, corners, colour, cv2.LINE_AA, _SHIFT)

    def gradient(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """Fills the surface with a vertical gradient.

        Args:
            stops: (y, colour) pairs with ascending y.
        """
        y = (np.arange(self.height) - self._origin[1]) / self.scale
        heights = [stop for stop, _ in stops]
        rows = np.stack([np.interp(y, heights, [colour[c] for _, colour in stops]) for c in range(3)], axis=-1)
        self.image[:] = np.rint(rows).astype(np.uint8)[:, None, :]

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Adds light around a point with a Gaussian falloff of standard deviation `radius`."""
        gx = (np.arange(self.width) - self._origin[0]) / self.scale - x
        gy = (np.arange(self.height) - self._origin[1]) / self.scale - y
        falloff = np.exp(-0.5 * (gy[:, None] ** 2 + gx**2) / radius**2) * strength
        light = falloff[:, :, None] * np.asarray(colour)
        self.image[:] = np.minimum(self.image + light, 255).astype(np.uint8)

    def mottle(self, rng: np.random.Generator, strength: float, cell: float = 0.12) -> None:
        """Multiplies the surface by smooth noise, as texture for optical flow.

        Args:
            rng: random generator of the noise.
            strength: maximum relative change of brightness.
            cell: size of the noise cells, world units.
        """
        shape = (max(2, round(2 * self.bottom / cell)), max(2, round(2 * self.right / cell)))
        coarse = rng.uniform(-1, 1, shape).astype(np.float32)
        noise = cv2.resize(coarse, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        self.image[:] = np.clip(self.image * (1 + strength * noise[:, :, None]), 0, 255).astype(np.uint8)

    def soften(self, radius: float) -> None:
        """Blurs the surface with a Gaussian of standard deviation `radius`."""
        self.image[:] = cv2.GaussianBlur(self.image, (0, 0), radius * self.scale)
