"""Landscape scenes: a beach, mountains and a savanna."""

from typing import Final

import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import Canvas, Colour, Points
from v2meow_pipeline.synthetic.scenes.palettes import Palette, mix, scaled
from v2meow_pipeline.synthetic.scenes.strip import Painter, Strip

_SEA_Y: Final = 0.02
_SHORE_Y: Final = 0.62
_WAVES: Final = 6
_RAMP: Final = np.linspace(0, 1, _WAVES)
_HALF_TURN: Final = np.linspace(np.pi, 2 * np.pi, 7)
_RIM: Final = np.stack([0.28 * np.cos(_HALF_TURN), 0.05 + 0.2 * np.sin(_HALF_TURN)], axis=-1)
_BEND: Final = np.linspace(0, 1, 8)
_REACH: Final = np.linspace(0, 1, 6)
_FRONDS: Final = np.linspace(-0.35, np.pi + 0.35, 7)[:, None]


class Beach:
    """Sun over the sea, waves, a boat, a palm in the wind."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the positions of sun, boat and palm, and of the waves.
        """
        self._palette = palette
        self._palm = float(rng.choice([-1, 1]))
        self._sun_x = float(-self._palm * rng.uniform(0.1, 0.5)) * canvas.aspect
        self._boat_x = float(rng.uniform(0, 2))
        self._rows = _SEA_Y + 0.06 + (_SHORE_Y - _SEA_Y) * _RAMP**1.4
        self._phase = rng.uniform(0, 2 * np.pi, (_WAVES, 1))
        self._x = np.linspace(-canvas.right, canvas.right, 26)
        self._sand = mix(palette.light, palette.second, 0.45)
        bay = canvas.twin()
        bay.gradient([(-1.0, mix(palette.dusk, palette.body, 0.5)), (_SEA_Y, mix(palette.second, palette.body, 0.15))])
        bay.glow(self._sun_x, -0.3, 0.4, palette.accent, 0.3)
        bay.disc(self._sun_x, -0.3, 0.26, palette.light)
        sea = canvas.twin()
        sea.gradient([(_SEA_Y, mix(palette.body, palette.dusk, 0.25)), (1.0, mix(palette.dusk, palette.body, 0.2))])
        row = int(bay.pixels([0.0, _SEA_Y])[1]) // 16
        bay.image[row:] = sea.image[row:]
        bay.mottle(rng, 0.05)
        self._bay = bay

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._bay.image
        palette = self._palette
        self._draw_boat(canvas, now)
        scale = 0.5 + 1.1 * _RAMP[:, None]
        height = (0.008 + 0.035 * now.kick + 0.01 * now.energy) * scale
        paths = np.empty((_WAVES, len(self._x), 2))
        paths[..., 0] = self._x
        paths[..., 1] = np.sin(7 * self._x - 3 * now.travel * scale + self._phase) * height
        paths[..., 1] += (self._rows - 0.05 * now.kick * _RAMP)[:, None]
        canvas.lines(paths[:2], mix(palette.body, palette.light, 0.55), 0.014)
        canvas.lines(paths[2:], mix(palette.body, palette.light, 0.65), 0.03)
        reach = _SHORE_Y + 0.05 * now.sway + 0.08 * np.sin(0.7 * now.travel) + 0.03 * np.sin(4 * self._x + now.travel)
        shore = np.stack([self._x, reach], axis=-1)
        floor = [[canvas.right, canvas.bottom], [-canvas.right, canvas.bottom]]
        canvas.polygon(np.concatenate([shore, floor]), self._sand)
        canvas.lines([shore], palette.light, 0.05)
        self._draw_parasol(canvas, now)
        self._draw_palm(canvas, now)

    def _draw_boat(self, canvas: Canvas, now: Moment) -> None:
        span = 2 * canvas.right + 0.6
        x = (self._boat_x + 0.25 * now.travel) % span - span / 2
        y, tip = _SEA_Y + 0.05 - 0.05 * now.kick, 0.08 * now.sway
        sail = [[x, y - 0.04], [x + tip, y - 0.42], [x + 0.2, y - 0.06]]
        canvas.polygon(sail, self._palette.light)
        canvas.polygon([[x - 0.02, y - 0.04], [x + tip, y - 0.36], [x - 0.13, y - 0.06]], self._palette.accent)
        canvas.polygon(
            [[x - 0.2, y - 0.03], [x + 0.24, y - 0.03], [x + 0.16, y + 0.05], [x - 0.13, y + 0.05]], self._palette.night
        )

    def _draw_parasol(self, canvas: Canvas, now: Moment) -> None:
        x, y, lean = -0.35 * self._palm * canvas.aspect, 0.93, 0.1 * now.sway
        top = np.array([x + lean, y - 0.42 - 0.04 * now.kick])
        canvas.lines([[[x, y], top.tolist()]], self._palette.night, 0.02)
        slices = np.empty((6, 3, 2))
        slices[:, 0], slices[:, 1], slices[:, 2] = _RIM[:-1], _RIM[1:], (0.0, 0.05)
        slices += top
        canvas.convex(slices, [self._palette.accent, self._palette.light] * 3)

    def _draw_palm(self, canvas: Canvas, now: Moment) -> None:
        wind = 0.12 * now.sway + 0.05 * np.sin(0.9 * now.travel)
        root = self._palm * canvas.aspect * 0.8
        trunk = np.stack([root + (wind - self._palm * 0.28) * _BEND**2, 0.95 - 1.45 * _BEND], axis=-1)
        canvas.lines([trunk], self._palette.night, 0.07)
        crown = trunk[-1]
        leaf = mix(self._palette.night, self._palette.dusk, 0.5)
        x = 0.55 * _REACH * np.cos(_FRONDS + wind)
        y = -0.4 * _REACH * np.sin(_FRONDS + wind) + (0.32 + 0.1 * now.kick) * _REACH**2
        width = 0.075 * np.sin(np.pi * _REACH)
        edges = np.stack([np.hstack([x, x[:, ::-1]]), np.hstack([y - width, (y + width)[:, ::-1]])], axis=-1)
        for frond in crown + edges:
            canvas.polygon(frond, leaf)
        canvas.disc(float(crown[0]) - 0.03, float(crown[1]) + 0.05, 0.045, self._palette.accent)
        canvas.disc(float(crown[0]) + 0.05, float(crown[1]) + 0.05, 0.045, self._palette.accent)


class Mountains:
    """Three ranges that pass at different speeds, firs in front, birds above."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the peaks, firs, birds and the position of the sun.
        """
        self._palette = palette
        sky = canvas.twin()
        sky.gradient([(-1.0, mix(palette.dusk, palette.body, 0.2)), (0.4, mix(palette.second, palette.light, 0.45))])
        sun = float(rng.uniform(-0.6, 0.6)) * canvas.aspect, float(rng.uniform(-0.6, -0.35))
        sky.glow(*sun, 0.4, palette.light, 0.45)
        sky.disc(*sun, 0.17, palette.light)
        self._sky = sky
        period = 2 * canvas.right + 1.0
        haze = mix(palette.body, palette.light, 0.3)
        ranges = [(-0.5, 0.1, 4, haze), (-0.12, 0.36, 6, palette.body), (0.3, 0.55, 7, palette.dusk)]
        self._ranges = [
            Strip(canvas, period, _ridge(palette, period, high, low, count, tint, rng.spawn(1)[0]))
            for high, low, count, tint in ranges
        ]
        self._firs = Strip(canvas, period, _firs(palette, period, rng.spawn(1)[0]))
        self._way = float(rng.choice([-1, 1]))
        self._birds = rng.uniform([-canvas.aspect, -0.85], [canvas.aspect, -0.2], (6, 2))

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._sky.image
        way = self._way * now.travel
        for depth, layer in enumerate(self._ranges):
            layer.draw(canvas, (0.12 + 0.22 * depth) * way, (0.03 + 0.045 * depth) * now.kick)
        self._firs.draw(canvas, 1.1 * way, 0.16 * now.kick)
        span = 2 * canvas.right
        x = (self._birds[:, 0] + self._way * 0.5 * now.travel) % span - span / 2
        y = self._birds[:, 1] + 0.04 * np.sin(now.travel + np.arange(6))
        wing = 0.05 * now.sway * np.ones(6)
        shape = [(x - 0.09, y - wing), (x - 0.03, y - 0.02), (x, y + 0.02), (x + 0.03, y - 0.02), (x + 0.09, y - wing)]
        canvas.lines(np.stack([np.stack(p, axis=-1) for p in shape], axis=1), self._palette.night, 0.016)


def _ridge(
    palette: Palette, period: float, high: float, low: float, count: int, tint: Colour, rng: np.random.Generator
) -> Painter:
    """Painter of peaks with lit and shaded sides, with snow on the highest range."""
    step = period / count
    x = (np.arange(count) + rng.uniform(0.3, 0.7, count)) * step
    peaks = np.stack([x, rng.uniform(high, (high + low) / 2, count)], axis=-1)
    valleys = np.stack([np.arange(count) * step, rng.uniform((high + 2 * low) / 3, low, count)], axis=-1)
    snow = mix(palette.light, tint, 0.15)

    def paint(canvas: Canvas, shift: float) -> None:
        for i in range(count):
            move = [shift - canvas.right, 0.0]
            left, top = valleys[i] + move, peaks[i] + move
            right = valleys[(i + 1) % count] + move + [period if i == count - 1 else 0.0, 0.0]
            foot = np.array([top[0] + 0.15 * step, canvas.bottom])
            corners = [[left[0], canvas.bottom], left, top, foot]
            canvas.polygon(corners, scaled(tint, 1.12))
            canvas.polygon([top, right, [right[0], canvas.bottom], foot], scaled(tint, 0.8))
            if high < 0:
                drop = 0.38
                west, east = top + (left - top) * drop, top + (right - top) * drop
                middle = top + (foot - top) * 0.12
                canvas.polygon(
                    [top, west, (west + middle) / 2 + [0, 0.07], middle, [*((middle + east) / 2)], east], snow
                )

    return paint


def _firs(palette: Palette, period: float, rng: np.random.Generator) -> Painter:
    """Painter of a meadow with a row of firs."""
    x = np.sort(rng.uniform(0.1, period - 0.1, 13))
    height = rng.uniform(0.3, 0.62, 13)

    def paint(canvas: Canvas, shift: float) -> None:
        left = shift - canvas.right
        canvas.box(left, 0.82, left + period, canvas.bottom, palette.night)
        for place, tall in zip((x + left).tolist(), height.tolist(), strict=True):
            for tier in range(3):
                base = 0.88 - tall * 0.27 * tier
                half = 0.13 * (1 - 0.25 * tier)
                tree = [[place - half, base], [place, base - 0.46 * tall], [place + half, base]]
                canvas.convex([tree], [scaled(palette.night, 0.8 + 0.25 * tier)])

    return paint


class Savanna:
    """A low sun, acacias, and animals that walk past to the beat."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the position of the sun, the trees and the animals.
        """
        self._palette = palette
        plain = canvas.twin()
        horizon = mix(palette.second, palette.light, 0.2)
        plain.gradient([(-1.0, mix(palette.body, palette.dusk, 0.4)), (-0.1, palette.accent), (0.4, horizon)])
        sun = float(rng.uniform(-0.5, 0.5)) * canvas.aspect
        plain.glow(sun, 0.1, 0.45, palette.light, 0.4)
        plain.disc(sun, 0.1, 0.42, mix(palette.light, palette.second, 0.35))
        plain.mottle(rng, 0.05, 0.3)
        self._plain = plain
        self._period = 2 * canvas.right + 1.2
        self._hills = Strip(canvas, self._period, _hills(palette, self._period, rng.spawn(1)[0]))
        self._trees = Strip(canvas, self._period, _acacias(palette, self._period, rng.spawn(1)[0]))
        kinds = rng.permutation(["giraffe", "elephant", "giraffe"])
        self._animals = [(str(kind), 0.5 + i * self._period / 3) for i, kind in enumerate(kinds)]
        self._grass_x = rng.uniform(0, self._period, 60)
        self._grass_height = rng.uniform(0.1, 0.26, 60)

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._plain.image
        self._hills.draw(canvas, 0.2 * now.travel, 0.03 * now.kick)
        self._trees.draw(canvas, 0.55 * now.travel, 0.08 * now.kick)
        for kind, place in self._animals:
            x = (place - 0.3 * now.travel) % self._period - canvas.right - 0.5
            draw = _draw_giraffe if kind == "giraffe" else _draw_elephant
            draw(canvas, x, 0.74 - 0.1 * now.kick, now, scaled(self._palette.night, 0.75))
        root = (self._grass_x - 1.2 * now.travel) % self._period - canvas.right - 0.2
        bent = 0.12 * now.sway + 0.05 * np.sin(now.travel + 3 * self._grass_x)
        tip = 1.0 - self._grass_height - 0.05 * now.kick
        base = np.full_like(root, canvas.bottom)
        blades = [(root - 0.025, base), (root + bent, tip), (root + 0.025, base)]
        canvas.convex(np.stack([np.stack(p, axis=-1) for p in blades], axis=1), [scaled(self._palette.night, 0.6)] * 60)


def _hills(palette: Palette, period: float, rng: np.random.Generator) -> Painter:
    """Painter of low hills and the plain in front of them."""
    phase = rng.uniform(0, 2 * np.pi, 3)

    def paint(canvas: Canvas, shift: float) -> None:
        x = np.linspace(0, period, 60)
        turns = 2 * np.pi * x / period
        y = 0.38 - 0.05 * np.sin(np.outer([1, 2, 3], turns) + phase[:, None]).sum(axis=0)
        ridge = np.stack([x + shift - canvas.right, y], axis=-1)
        ends = [[ridge[-1, 0], canvas.bottom], [ridge[0, 0], canvas.bottom]]
        canvas.polygon(np.concatenate([ridge, ends]), mix(palette.body, palette.dusk, 0.45))

    return paint


def _acacias(palette: Palette, period: float, rng: np.random.Generator) -> Painter:
    """Painter of flat-topped trees on darker ground."""
    count = max(2, round(period / 0.95))
    x = (np.arange(count) + rng.uniform(0.2, 0.8, count)) * period / count
    height = rng.uniform(0.55, 0.95, count)
    ink = mix(palette.night, palette.dusk, 0.3)

    def paint(canvas: Canvas, shift: float) -> None:
        left = shift - canvas.right
        canvas.box(left, 0.62, left + period, canvas.bottom, mix(palette.body, palette.dusk, 0.75))
        for place, tall in zip((x + left).tolist(), height.tolist(), strict=True):
            top = 0.64 - tall
            canvas.lines([[[place, 0.64], [place + 0.03, top + 0.3 * tall]]], ink, 0.05)
            fork = [place + 0.03, top + 0.32 * tall]
            canvas.lines(
                [[fork, [place - 0.2, top]], [fork, [place + 0.02, top]], [fork, [place + 0.25, top]]], ink, 0.03
            )
            for dx, dy, wide in ((-0.16, 0.02, 0.2), (0.18, 0.0, 0.22), (0.0, -0.05, 0.28)):
                canvas.ellipse(place + dx, top + dy, (wide, 0.065), 0, ink)

    return paint


def _legs(x: float, y: float, places: tuple[float, ...], length: float, swing: float) -> Points:
    """Line segments of legs that swing in alternation, [leg, 2, 2]."""
    return np.array([[[x + p, y], [x + p + swing * (1 if i % 2 else -1), y + length]] for i, p in enumerate(places)])


def _draw_giraffe(canvas: Canvas, x: float, y: float, now: Moment, ink: Colour) -> None:
    stride = 0.07 * np.sin(np.pi * now.step) + 0.05 * now.sway
    canvas.lines(_legs(x, y - 0.1, (-0.13, -0.1, 0.1, 0.13), 0.32, stride), ink, 0.032)
    canvas.ellipse(x, y - 0.14, (0.2, 0.1), -8, ink)
    nod = 0.07 * now.sway
    canvas.lines([[[x + 0.14, y - 0.16], [x + 0.27 + nod, y - 0.66]]], ink, 0.06)
    canvas.ellipse(x + 0.31 + nod, y - 0.67, (0.08, 0.04), 20, ink)
    canvas.lines([[[x + 0.26 + nod, y - 0.68], [x + 0.25 + nod, y - 0.76]]], ink, 0.016)
    canvas.lines([[[x - 0.19, y - 0.16], [x - 0.26, y + 0.02 + nod]]], ink, 0.016)


def _draw_elephant(canvas: Canvas, x: float, y: float, now: Moment, ink: Colour) -> None:
    stride = 0.04 * np.sin(np.pi * now.step) + 0.03 * now.sway
    canvas.lines(_legs(x, y - 0.05, (-0.17, -0.1, 0.1, 0.17), 0.26, stride), ink, 0.075)
    canvas.ellipse(x, y - 0.14, (0.27, 0.18), 0, ink)
    canvas.disc(x + 0.29, y - 0.2, 0.13, ink)
    curl = 0.08 * now.sway
    canvas.lines([[[x + 0.37, y - 0.18], [x + 0.44, y], [x + 0.43 + curl, y + 0.13]]], ink, 0.05)
    canvas.lines([[[x + 0.35, y - 0.1], [x + 0.46, y - 0.06]]], mix(ink, (255.0, 255.0, 255.0), 0.6), 0.012)
    canvas.lines([[[x - 0.26, y - 0.16], [x - 0.3, y + 0.02 + curl]]], ink, 0.02)
