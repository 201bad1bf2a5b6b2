"""City scene: a ride past a skyline at night."""

from typing import Final

import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import Canvas
from v2meow_pipeline.synthetic.scenes.palettes import Palette, mix, scaled
from v2meow_pipeline.synthetic.scenes.strip import Strip

_STREET_Y: Final = 0.6
_CARS: Final = 7


class City:
    """Two rows of towers with lit windows, a moon, a street with cars."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of towers, windows, cars and the position of the moon.
        """
        self._palette = palette
        sky = canvas.twin()
        haze = mix(palette.dusk, palette.body, 0.75)
        sky.gradient([(-1.0, palette.night), (_STREET_Y, haze), (_STREET_Y + 0.01, scaled(palette.night, 0.8))])
        moon = rng.uniform(-0.7, 0.7) * canvas.aspect, rng.uniform(-0.8, -0.5)
        sky.glow(*moon, 0.3, palette.light, 0.4)
        sky.disc(*moon, 0.15, palette.light)
        self._sky = sky
        period = 2 * canvas.right + 1.4
        far, near = int(rng.integers(2**31)), int(rng.integers(2**31))
        self._far = Strip(canvas, period, lambda c, x: self._towers(c, x, period, far, 0.55, near=False))
        self._near = Strip(canvas, period, lambda c, x: self._towers(c, x, period, near, 0.1, near=True))
        self._period = period
        self._cars_x = rng.uniform(0, period, _CARS)
        self._lanes = rng.integers(0, 2, _CARS)
        self._way = float(rng.choice([-1, 1]))

    def _towers(self, canvas: Canvas, shift: float, period: float, seed: int, haze: float, near: bool) -> None:
        rng, palette = np.random.default_rng(seed), self._palette
        x = 0.0
        while x < period - 0.15:
            width = min(float(rng.uniform(0.22, 0.42)), period - x)
            top = _STREET_Y - float(rng.uniform(0.45, 1.25) if near else rng.uniform(0.9, 1.35))
            wall = mix(palette.night, palette.dusk, float(rng.uniform(0.1, 0.6)))
            left = x + shift - canvas.right
            canvas.box(left, top, left + width, _STREET_Y, mix(wall, palette.body, haze))
            if rng.random() < 0.3:
                mast = [[left + width / 2, top], [left + width / 2, top - 0.16]]
                canvas.lines([mast], mix(wall, palette.body, haze), 0.02)
            self._windows(canvas, rng, (left, top, left + width), near)
            x += width + float(rng.uniform(0.0, 0.05))

    def _windows(self, canvas: Canvas, rng: np.random.Generator, wall: tuple[float, float, float], near: bool) -> None:
        left, top, right = wall
        pitch, size = (0.095, 0.05) if near else (0.08, 0.035)
        tint = (self._palette.light, self._palette.second, self._palette.accent)[int(rng.choice(3, p=[0.4, 0.4, 0.2]))]
        tint = tint if near else mix(tint, self._palette.body, 0.45)
        columns = max(1, int((right - left - 0.04) / pitch))
        margin = (right - left - (columns - 1) * pitch - size) / 2
        row, column = np.nonzero(rng.random((int((_STREET_Y - top - 0.08) / pitch), columns)) < 0.55)
        corner = np.stack([left + margin + column * pitch, top + 0.06 + row * pitch], axis=-1)
        panes = corner[:, None] + np.array([[0.0, 0.0], [size, 0.0], [size, 1.2 * size], [0.0, 1.2 * size]])
        canvas.convex(panes, [scaled(tint, gain) for gain in rng.uniform(0.55, 0.95, len(panes)).tolist()])

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._sky.image
        ride = self._way * now.travel
        self._far.draw(canvas, 0.35 * ride, 0.06 * now.kick)
        self._near.draw(canvas, 0.9 * ride, 0.13 * now.kick)
        self._draw_street(canvas, now, ride)

    def _draw_street(self, canvas: Canvas, now: Moment, ride: float) -> None:
        palette = self._palette
        canvas.box(-canvas.right, _STREET_Y, canvas.right, canvas.bottom, mix(palette.night, palette.dusk, 0.35))
        dashes = (np.arange(0, self._period, 0.35) - 1.4 * ride) % self._period - canvas.right - 0.3
        ends = np.stack([dashes, dashes + 0.18], axis=-1)
        y = np.full_like(ends, 0.82)
        canvas.lines(np.stack([ends, y], axis=-1), mix(palette.light, palette.dusk, 0.4), 0.03)
        speed = np.where(self._lanes, 1.9, -0.6)
        x = (self._cars_x - speed * ride) % self._period - canvas.right - 0.3
        for left, lane in zip(x.tolist(), self._lanes.tolist(), strict=True):
            base = 0.97 if lane else 0.73
            base -= 0.03 * now.kick
            body = palette.accent if lane else palette.second
            canvas.box(left, base - 0.1, left + 0.3, base, scaled(body, 0.85))
            roof = [[left + 0.05, base - 0.1], [left + 0.1, base - 0.17], [left + 0.21, base - 0.17]]
            canvas.polygon([*roof, [left + 0.26, base - 0.1]], mix(body, palette.night, 0.5))
            for wheel in (0.07, 0.23):
                canvas.disc(left + wheel, base, 0.035, palette.night)
            nose = left + (0.3 if (lane == 1) == (self._way < 0) else 0.0)
            canvas.disc(nose, base - 0.06, 0.028 + 0.03 * now.kick, palette.light)
