"""Abstract scenes: a tunnel, level meters, and shards of glass."""

from typing import Final

import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import Canvas, Points
from v2meow_pipeline.synthetic.scenes.palettes import Palette, mix, scaled

_RINGS: Final = 10
_RING_GROWTH: Final = 1.42


class Tunnel:
    """A flight through chequered rings."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the number of corners, the twist and the bend.
        """
        self._corners = int(rng.choice([6, 8, 10]))
        self._twist = float(rng.uniform(0.08, 0.2) * rng.choice([-1, 1]))
        self._bend = rng.uniform(-0.18, 0.18, 2)
        self._reach = 1.5 * max(1.0, canvas.aspect)
        self._palette = palette
        self._tints = [palette.accent, palette.body, palette.second, palette.dusk]

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = np.rint(self._palette.night).astype(np.uint8)
        whole, part = divmod(2.2 * now.travel, 1.0)
        depth = np.arange(_RINGS + 1) - part
        radius = self._reach * 1.3 * _RING_GROWTH ** -np.clip(depth, -1, None)
        middle = self._bend * (1 - radius / radius[0])[:, None] * (1 + 0.6 * now.sway)
        turn = self._twist * (depth + whole + part) + 0.25 * now.travel + 0.12 * now.sway * depth / _RINGS
        angle = turn[:, None] + 2 * np.pi * np.arange(self._corners + 1) / self._corners
        points = middle[:, None] + radius[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        for ring in range(_RINGS):
            near, far = points[ring], points[ring + 1]
            quads = np.stack([near[:-1], near[1:], far[1:], far[:-1]], axis=1)
            gain = 0.3 + 0.8 * (1 - ring / _RINGS) + 0.25 * now.kick
            number = ring + int(whole)
            tints = [scaled(self._tints[(number % 2 + 2 * (side % 2)) % 4], gain) for side in range(self._corners)]
            canvas.convex(quads, tints)
        x, y = middle[-1].tolist()
        canvas.disc(x, y, float(radius[-1]) * (1.1 + 0.6 * now.kick), self._palette.light)


_SEGMENT: Final = 0.085


class Bars:
    """Level meters: above a mirror, extending both ways from the middle, or around a disc."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the form, the number of bars and their responses.
        """
        self._form = str(rng.choice(["mirror", "middle", "round"]))
        self._count = 32 if self._form == "round" else int(rng.integers(12, 19))
        self._response = rng.uniform(0.25, 1.0, self._count)
        self._quick = rng.uniform(0.0, 0.5, self._count)
        self._rate = rng.uniform(0.6, 2.0, self._count)
        self._palette = palette
        self._tints = [mix(palette.accent, palette.second, share) for share in np.linspace(0, 1, self._count)]
        self._half_width = canvas.right
        room = canvas.twin()
        middle = mix(palette.night, palette.dusk, 0.75)
        room.gradient([(-1.0, palette.night), (0.4, middle), (1.0, palette.night)])
        for x in np.arange(-canvas.right, canvas.right, 0.26):
            for y in np.arange(-canvas.bottom, canvas.bottom, 0.26):
                room.disc(float(x) + 0.1, float(y) + 0.1, 0.03, mix(palette.night, palette.dusk, 0.9))
        self._room = room

    def _levels(self, now: Moment) -> Points:
        wave = 0.5 + 0.5 * np.sin(self._rate * 1.6 * now.travel + 7 * self._quick)
        level = 0.1 + 0.24 * wave + now.kick * self._response * 0.62 + 0.25 * now.energy * now.accent * self._quick
        return np.minimum(level * (0.75 + 0.4 * now.energy), 1.0)

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._room.image
        level = self._levels(now)
        if self._form == "round":
            self._draw_round(canvas, level, now)
            return
        left = np.linspace(-self._half_width, self._half_width, self._count + 1)
        edges = left[:-1] + 0.02, left[1:] - 0.02
        floor = 0.55 if self._form == "mirror" else 0.0
        up, down = (1.5 * level, 0.5 * level) if self._form == "mirror" else (0.95 * level, 0.95 * level)
        dim = [scaled(tint, 0.4 if self._form == "mirror" else 0.85) for tint in self._tints]
        canvas.convex(_boxes(edges, np.full_like(up, floor), floor + down), dim)
        canvas.convex(_boxes(edges, floor - up, np.full_like(up, floor)), self._tints)
        grid = np.arange(-1.1, 1.15, _SEGMENT)
        rows = np.stack([np.stack([np.full_like(grid, x), grid], axis=-1) for x in (-9.0, 9.0)], axis=1)
        canvas.lines(
            np.clip(rows, -self._half_width, self._half_width),
            mix(self._palette.night, self._palette.dusk, 0.35),
            0.018,
        )
        canvas.convex(_boxes(edges, floor - up - 0.06, floor - up - 0.02), [self._palette.light] * self._count)

    def _draw_round(self, canvas: Canvas, level: Points, now: Moment) -> None:
        angle = 2 * np.pi * np.arange(self._count) / self._count + 0.3 * now.travel
        inner = 0.34 + 0.05 * now.kick
        ray = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        side = np.stack([-np.sin(angle), np.cos(angle)], axis=-1) * 0.026
        outer = (inner + 0.05 + 0.75 * level)[:, None]
        quads = np.stack([ray * inner - side, ray * inner + side, ray * outer + side, ray * outer - side], axis=1)
        canvas.convex(quads, self._tints)
        for radius in np.arange(0.45, 1.2, _SEGMENT).tolist():
            canvas.disc(0, 0, radius, mix(self._palette.night, self._palette.dusk, 0.5), 0.012)
        canvas.disc(0, 0, inner - 0.03, self._palette.body)
        canvas.disc(0, 0, inner * 0.7, mix(self._palette.night, self._palette.dusk, 0.5))
        canvas.disc(0, 0, inner * (0.25 + 0.25 * now.kick), self._palette.light)


def _boxes(edges: tuple[Points, Points], top: Points, bottom: Points) -> Points:
    """Axis-aligned rectangles, [n, 4, 2]."""
    left, right = edges
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)


class Shards:
    """A pane of triangles that bursts on every beat and closes again."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the fracture pattern, and of the colour and motion of each shard.
        """
        self._centre = rng.uniform(-0.25, 0.25, 2)
        triangles = _burst(rng, 5, int(rng.integers(9, 13)), 1.7 * max(1.0, canvas.aspect))
        self._middle = triangles.mean(axis=1)
        self._offsets = (triangles - self._middle[:, None]) * 0.93
        count = len(triangles)
        self._flight = rng.uniform(0.25, 1.0, count)
        self._spin = rng.uniform(-0.7, 0.7, count)
        self._facing = rng.uniform(0, 2 * np.pi, count)
        ramp = [palette.dusk, palette.body, palette.accent, palette.second, mix(palette.accent, palette.light, 0.6)]
        picks = rng.choice(len(ramp), count, p=[0.25, 0.3, 0.2, 0.15, 0.1])
        self._tints = np.array([ramp[int(i)] for i in picks])
        room = canvas.twin()
        room.gradient([(-1.0, palette.night), (1.0, scaled(palette.night, 0.7))])
        room.glow(float(self._centre[0]), float(self._centre[1]), 0.4, palette.light, 0.8)
        self._room = room

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._room.image
        swirl = 0.22 * now.travel
        turn = swirl + self._spin * (0.8 * now.kick + 0.15 * now.sway + 0.12 * np.sin(now.travel))
        radius = np.hypot(*self._middle.T)
        out = 1 + 0.05 * np.sin(0.8 * now.travel + 5 * self._flight) + 0.45 * now.kick * self._flight / (0.5 + radius)
        middle = _turned(self._middle[:, None] * out[:, None, None], np.full(len(out), swirl))
        shapes = self._centre + middle + _turned(self._offsets * (1 - 0.15 * now.kick), turn)
        gain = 0.85 + 0.25 * np.cos(self._facing + 2 * turn) + 0.2 * now.kick
        tints = np.minimum(self._tints * gain[:, None], 255)
        canvas.convex(shapes, [(red, green, blue) for red, green, blue in tints.tolist()])


def _turned(points: Points, angle: Points) -> Points:
    """Rotates shapes [n, corner, 2] about the origin, each by its own angle [n], radians."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def _burst(rng: np.random.Generator, rings: int, spokes: int, reach: float) -> Points:
    """Triangles around the origin, [n, 3, 2], small in the middle and large outside."""
    radius = reach * (np.arange(rings + 1) / rings) ** 1.5
    angle = 2 * np.pi * (np.arange(spokes) + rng.uniform(-0.3, 0.3, (rings + 1, spokes))) / spokes
    length = radius[:, None] * rng.uniform(0.88, 1.12, (rings + 1, spokes))
    points = np.stack([length * np.cos(angle), length * np.sin(angle)], axis=-1)
    following = np.roll(points, -1, axis=1)
    first = np.stack([points[:-1], points[1:], following[1:]], axis=2)
    second = np.stack([points[:-1], following[1:], following[:-1]], axis=2)[1:]
    return np.concatenate([first.reshape(-1, 3, 2), second.reshape(-1, 3, 2)])
