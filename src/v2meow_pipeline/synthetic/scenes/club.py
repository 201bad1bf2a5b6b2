"""Piano-club scene: a close-up of the keyboard, or a pianist at a grand piano."""

from typing import Final

import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import Canvas
from v2meow_pipeline.synthetic.scenes.palettes import Palette, mix, scaled

_KEYS_TOP: Final = 0.22
_KEY: Final = 0.2
_BLACK_AFTER: Final = (0, 1, 3, 4, 5)
_CHORDS: Final = 64
_SHOULDER: Final = np.array([0.03, 0.08])


class PianoClub:
    """Swinging lamps over a piano."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the view, the lamps, the wall and the struck keys.
        """
        self._palette = palette
        self._close = bool(rng.random() < 0.5)
        self._lamps_x = np.array([-0.62, 0.1, 0.7]) * canvas.aspect + rng.uniform(-0.1, 0.1, 3)
        self._cord = rng.uniform(0.4, 0.62, 3) * (0.8 if self._close else 1.0)
        self._swing = rng.uniform(0.12, 0.22, 3) * rng.choice([-1, 1], 3)
        self._keys = int(np.ceil(2 * canvas.right / _KEY)) + 1
        self._first = int(rng.integers(7))
        self._struck = rng.random((_CHORDS, self._keys)) < 3.0 / self._keys
        self._phase = rng.uniform(0, 2 * np.pi, self._keys)
        self._wall = self._paint_wall(canvas, rng)

    def _paint_wall(self, canvas: Canvas, rng: np.random.Generator) -> Canvas:
        palette, wall = self._palette, canvas.twin()
        wall.image[:] = np.rint(scaled(palette.night, 0.8)).astype(np.uint8)
        for row, y in enumerate(np.arange(-canvas.bottom, 0.75, 0.13).tolist()):
            for x in np.arange(-canvas.right - 0.15 * (row % 2), canvas.right, 0.3).tolist():
                share = float(rng.uniform(0.0, 0.35))
                wall.box(x + 0.012, y + 0.012, x + 0.288, y + 0.118, mix(palette.dusk, palette.body, share))
        wall.box(-canvas.right, 0.74, canvas.right, canvas.bottom, mix(palette.night, palette.body, 0.35))
        for x in np.arange(-canvas.right * 2, canvas.right * 2, 0.35).tolist():
            wall.lines([[[x * 0.6, 0.74], [x, canvas.bottom]]], palette.night, 0.015)
        frame_x = float(rng.uniform(-0.5, 0.5)) * canvas.aspect
        wall.box(frame_x - 0.2, -0.32, frame_x + 0.2, 0.08, palette.second)
        wall.box(frame_x - 0.16, -0.28, frame_x + 0.16, 0.04, palette.dusk)
        wall.disc(frame_x, -0.14, 0.1, palette.accent)
        for x, cord in zip(self._lamps_x.tolist(), self._cord.tolist(), strict=True):
            wall.glow(x, -1.1 + cord + 0.3, 0.36, mix(palette.light, palette.second, 0.5), 0.5)
        return wall

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._wall.image
        if self._close:
            self._draw_keyboard(canvas, now)
        else:
            self._draw_grand(canvas, now)
        self._draw_lamps(canvas, now)

    def _draw_lamps(self, canvas: Canvas, now: Moment) -> None:
        palette = self._palette
        angle = self._swing * (1.5 * now.sway + 0.8 * np.sin(1.1 * now.travel + np.arange(3)))
        for x, cord, lean in zip(self._lamps_x.tolist(), self._cord.tolist(), angle.tolist(), strict=True):
            along, across = np.array([np.sin(lean), np.cos(lean)]), np.array([np.cos(lean), -np.sin(lean)])
            hook = np.array([x, -1.1])
            lamp = hook + along * cord
            canvas.lines([[hook, lamp]], palette.night, 0.02)
            bulb = lamp + along * 0.13
            canvas.disc(float(bulb[0]), float(bulb[1]), 0.06 + 0.035 * now.kick, palette.light)
            shade = [lamp - across * 0.04, lamp + across * 0.04, lamp + along * 0.13 + across * 0.16]
            canvas.convex([[*shade, lamp + along * 0.13 - across * 0.16]], [palette.accent])

    def _draw_keyboard(self, canvas: Canvas, now: Moment) -> None:
        palette = self._palette
        canvas.box(-canvas.right, _KEYS_TOP - 0.24, canvas.right, canvas.bottom, scaled(palette.night, 0.6))
        shelf = [[-canvas.right, _KEYS_TOP - 0.2], [canvas.right, _KEYS_TOP - 0.2]]
        canvas.lines([shelf], palette.second, 0.03)
        wave = np.maximum(np.sin(1.3 * now.travel + self._phase), 0) * 0.5
        depth = np.maximum(self._struck[now.onset % _CHORDS] * now.accent * (0.4 + 0.6 * now.energy), wave * 0.6)
        beat = self._struck[(int(now.step) + 31) % _CHORDS] * now.kick
        depth = np.maximum(depth, beat)
        left = -canvas.right + _KEY * np.arange(self._keys) - 0.1
        bottom = canvas.bottom - 0.2 + 0.1 * depth
        top = np.full_like(left, _KEYS_TOP)
        corners = [(left + 0.01, top), (left + _KEY - 0.01, top), (left + _KEY - 0.01, bottom), (left + 0.01, bottom)]
        ivory = mix(palette.light, palette.body, 0.12)
        tints = [mix(ivory, palette.accent, float(share)) for share in np.minimum(depth * 1.2, 1)]
        canvas.convex(np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1), tints)
        for key in range(self._keys - 1):
            if (key + self._first) % 7 in _BLACK_AFTER:
                x = float(left[key]) + _KEY
                low = _KEYS_TOP + 0.46 + 0.06 * float(depth[key])
                canvas.box(x - 0.06, _KEYS_TOP, x + 0.06, low, scaled(palette.night, 0.7))
                canvas.box(x - 0.03, _KEYS_TOP, x + 0.03, low - 0.07, mix(palette.night, palette.body, 0.4))

    def _draw_grand(self, canvas: Canvas, now: Moment) -> None:
        palette = self._palette
        ink, coat = scaled(palette.night, 0.45), mix(palette.accent, palette.night, 0.25)
        canvas.lines([[[-0.12, 0.4], [-0.14, 0.9]], [[0.72, 0.4], [0.74, 0.9]]], ink, 0.06)
        rise = 0.03 * now.kick
        curve = np.linspace(0, 1, 12)
        lid = np.stack([-0.1 + 0.95 * curve, 0.12 - rise - 0.52 * (1 - curve) ** 0.5 * curve**0.35], axis=-1)
        canvas.polygon(np.concatenate([lid, [[-0.1, 0.14]]]), mix(ink, palette.body, 0.25))
        canvas.lines([[[0.5, 0.2], [0.42, -0.12 - rise]]], palette.second, 0.02)
        canvas.polygon([[-0.22, 0.16], [0.86, 0.16], [0.9, 0.3], [0.8, 0.42], [-0.22, 0.42]], ink)
        canvas.lines([[[-0.22, 0.17], [0.86, 0.17]]], palette.second, 0.02)
        canvas.box(-0.36, 0.25, -0.2, 0.32, palette.light)
        lean = 0.16 * now.sway + 0.05 * np.sin(1.2 * now.travel)
        hip = np.array([-0.72, 0.5])
        neck = hip + np.array([0.12 + 0.5 * lean, -0.46 + 0.05 * now.kick])
        canvas.box(-0.9, 0.55, -0.54, 0.61, palette.second)
        canvas.lines([[[-0.84, 0.6], [-0.86, 0.92]], [[-0.6, 0.6], [-0.58, 0.92]]], palette.second, 0.035)
        canvas.lines([[hip.tolist(), [-0.42, 0.54], [-0.4, 0.9], [-0.3, 0.9]]], mix(coat, ink, 0.5), 0.1)
        canvas.lines([[hip, neck]], coat, 0.2)
        strike = 0.12 * now.kick + 0.06 * now.accent * now.energy
        for reach, delay in ((0.0, 0.0), (0.05, 0.04)):
            hand = [-0.3 + reach, 0.25 - strike + delay]
            canvas.lines(
                [[(neck + _SHOULDER).tolist(), [-0.5 + 0.3 * lean, 0.36 - delay], hand]], scaled(coat, 0.8), 0.065
            )
        canvas.disc(
            float(neck[0]) + 0.05 + 0.06 * now.sway, float(neck[1]) - 0.14, 0.11, mix(palette.light, palette.body, 0.4)
        )
        canvas.ellipse(float(neck[0]) + 0.03 + 0.06 * now.sway, float(neck[1]) - 0.19, (0.115, 0.07), -10, ink)
