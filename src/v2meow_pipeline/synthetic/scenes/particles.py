"""Particle scenes: petals in the wind, and a flight among stars."""

from typing import Final

import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import Canvas, Points
from v2meow_pipeline.synthetic.scenes.palettes import Palette, mix, scaled

_PETALS: Final = 40
_STARS: Final = 150
_FIVE: Final = 2 * np.pi * np.arange(5) / 5
_AROUND: Final = 2 * np.pi * np.arange(8) / 8
_DROP: Final = np.stack([np.cos(_AROUND), np.sin(_AROUND) * (0.75 + 0.35 * np.cos(_AROUND))])


class Petals:
    """Blossoms on a branch, and petals in the wind that move on beats."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the branch, blossoms, petals and the direction of the wind.
        """
        self._palette = palette
        self._span = 2 * np.array([canvas.right, canvas.bottom]) + 0.3
        self._place = rng.uniform(0, 1, (_PETALS, 2)) * self._span
        depth = np.sort(rng.uniform(0.4, 1.0, _PETALS))
        self._depth = depth
        self._turn = rng.uniform(0, 2 * np.pi, _PETALS)
        self._spin = rng.uniform(-1.6, 1.6, _PETALS)
        self._wind = np.array([rng.choice([-1, 1]) * rng.uniform(0.3, 0.6), rng.uniform(0.35, 0.6)])
        pink, pale = palette.accent, mix(palette.accent, palette.light, 0.65)
        self._tints = [
            mix(palette.body, (pink, pale, palette.second)[int(i)], 0.35 + 0.65 * float(d))
            for i, d in zip(rng.choice(3, _PETALS, p=[0.45, 0.4, 0.15]), depth, strict=True)
        ]
        self._branch, self._blossoms = _branch(canvas, rng)
        pale = mix(pink, palette.light, 0.6)
        self._leaf_tints = [pale, pink, pale, pale, pink] * len(self._blossoms)
        garden = canvas.twin()
        garden.gradient([(-1.0, mix(palette.body, palette.light, 0.3)), (1.0, palette.dusk)])
        for x, y in rng.uniform(-1, 1, (9, 2)).tolist():
            tint = mix(palette.body, palette.light, float(rng.uniform(0.1, 0.5)))
            garden.disc(x * canvas.right, y * canvas.bottom, float(rng.uniform(0.12, 0.3)), tint)
        garden.soften(0.1)
        self._garden = garden

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._garden.image
        tilt = np.array([0.02, 0.07]) * now.sway
        canvas.lines([self._branch + tilt], mix(self._palette.night, self._palette.dusk, 0.3), 0.07)
        self._draw_blossoms(canvas, tilt, now)
        gust = self._wind * now.travel + np.array([0.12, -0.05]) * now.sway
        middle = (self._place + gust * self._depth[:, None]) % self._span - self._span / 2
        middle[:, 0] += 0.06 * np.sin(1.5 * now.travel + self._turn)
        turn = self._turn + self._spin * (now.travel + 0.4 * now.sway)
        size = 0.1 * self._depth * (1 + 0.3 * now.kick)
        flat = 0.35 + 0.3 * np.abs(np.sin(0.9 * now.travel + 2 * self._turn))
        canvas.convex(middle[:, None] + _petal(turn, size, flat), self._tints)

    def _draw_blossoms(self, canvas: Canvas, tilt: Points, now: Moment) -> None:
        place, size = self._blossoms[:, :2] + tilt, self._blossoms[:, 2] * (1 + 0.35 * now.kick)
        angle = (0.3 * now.sway + 3 * place[:, :1] + _FIVE).ravel()
        length = np.repeat(size, len(_FIVE))
        out = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * (0.55 * length)[:, None]
        leaves = _petal(angle, 0.62 * length, np.full_like(length, 0.62))
        canvas.convex((np.repeat(place, len(_FIVE), axis=0) + out)[:, None] + leaves, self._leaf_tints)
        for (x, y), radius in zip(place.tolist(), (0.22 * size).tolist(), strict=True):
            canvas.disc(x, y, radius, self._palette.second)


def _petal(turn: Points, size: Points, flat: Points) -> Points:
    """Drop-shaped petals [petal, 8, 2] of given direction, length and relative width."""
    x, y = _DROP[0], _DROP[1] * flat[:, None]
    cos, sin = (np.cos(turn) * size)[:, None], (np.sin(turn) * size)[:, None]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def _branch(canvas: Canvas, rng: np.random.Generator) -> tuple[Points, Points]:
    """Path of a branch from one upper corner, [point, 2], and blossoms along it, [blossom, 3]: x, y and size."""
    side = float(rng.choice([-1, 1]))
    along = np.linspace(0, 1, 14)
    x = side * canvas.right * (1 - 1.5 * along)
    y = -0.95 + 0.75 * along**0.7 + np.cumsum(rng.uniform(-0.03, 0.03, 14))
    path = np.stack([x, y], axis=-1)
    spots = path[[2, 5, 8, 11, 13]] + rng.uniform(-0.1, 0.1, (5, 2))
    sizes = rng.uniform(0.16, 0.27, 5)
    return path, np.column_stack([spots, sizes])


class Stars:
    """A flight among stars, past a planet."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the stars, the nebula and the planet.
        """
        self._palette = palette
        reach = 1.6 * np.array([canvas.aspect, 1.0])
        self._place = rng.uniform(-1, 1, (_STARS, 2)) * reach
        self._place += 0.12 * np.sign(self._place)
        self._depth = rng.uniform(0, 1, _STARS)
        self._group = rng.integers(0, 3, _STARS)
        self._tints = (palette.light, palette.second, mix(palette.accent, palette.light, 0.4))
        self._planet = np.array([rng.choice([-1, 1]) * rng.uniform(0.3, 0.6) * canvas.aspect, rng.uniform(-0.5, 0.5)])
        self._size = float(rng.uniform(0.22, 0.36))
        self._tilt = float(rng.uniform(-35, 35))
        sky = canvas.twin()
        sky.gradient([(-1.0, scaled(palette.night, 0.6)), (1.0, palette.night)])
        for x, y in rng.uniform(-0.9, 0.9, (6, 2)).tolist():
            tint = (palette.body, palette.dusk, palette.accent)[int(rng.integers(3))]
            sky.glow(x * canvas.aspect, y, float(rng.uniform(0.2, 0.45)), tint, float(rng.uniform(0.3, 0.6)))
        sky.mottle(rng, 0.45, 0.25)
        sky.mottle(rng, 0.2, 0.09)
        self._sky = sky

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._sky.image
        near = (self._depth + 0.22 * now.travel) % 1.0
        tail = 0.02 + 0.05 * now.kick + 0.03 * now.energy
        head_xy = self._place / (1.08 - near)[:, None] * 0.45
        tail_xy = self._place / (1.08 - near + tail)[:, None] * 0.45
        streaks = np.stack([tail_xy, head_xy], axis=1)
        for group, tint in enumerate(self._tints):
            for close, width in ((near > 0.7, 0.036), (near <= 0.7, 0.018)):
                chosen = streaks[close & (self._group == group)]
                if len(chosen):
                    canvas.lines(chosen, scaled(tint, 1.0 if width > 0.02 else 0.7), width)
        self._draw_planet(canvas, now)

    def _draw_planet(self, canvas: Canvas, now: Moment) -> None:
        palette = self._palette
        x, y = (self._planet * (1 + 0.04 * np.sin(0.4 * now.travel)) + [0.0, 0.06 * now.sway]).tolist()
        size = self._size * (1 + 0.22 * now.kick)
        tilt = self._tilt + 5 * now.sway
        canvas.ellipse(x, y, (1.75 * size, 0.42 * size), tilt, mix(palette.second, palette.dusk, 0.3))
        canvas.ellipse(x, y, (1.4 * size, 0.3 * size), tilt, palette.night)
        canvas.disc(x, y, size, palette.accent)
        for band, height in ((-0.45, 0.1), (0.0, 0.14), (0.4, 0.09)):
            lean = np.deg2rad(tilt)
            spot = size * band
            canvas.ellipse(
                x - float(np.sin(lean)) * spot,
                y + float(np.cos(lean)) * spot,
                (size * float(np.sqrt(1 - band**2)) * 0.97, size * height),
                tilt,
                mix(palette.accent, palette.body, 0.55),
            )
        front = np.linspace(0.15, np.pi - 0.15, 14)
        ring = np.stack([1.6 * size * np.cos(front), 0.37 * size * np.sin(front)], axis=-1)
        cos, sin = np.cos(np.deg2rad(tilt)), np.sin(np.deg2rad(tilt))
        turned = ring @ np.array([[cos, sin], [-sin, cos]])
        canvas.lines([turned + np.array([x, y])], palette.second, 0.12 * size)
