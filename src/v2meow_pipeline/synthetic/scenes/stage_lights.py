"""Concert scene: light beams from a truss, a band on stage, and a jumping crowd."""

from typing import Final

import cv2
import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import Canvas
from v2meow_pipeline.synthetic.scenes.palettes import Palette, mix, scaled

_TRUSS_Y: Final = -0.84
_STAGE_Y: Final = 0.38
_CROWD: Final = 13


class StageLights:
    """Sweeping beams above three musicians and a row of heads."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the number and angles of the beams, the crowd and its raised hands.
        """
        count = int(rng.integers(4, 8))
        self._lamps_x = np.linspace(-canvas.aspect * 0.85, canvas.aspect * 0.85, count)
        self._aim = rng.uniform(-0.35, 0.35, count) - 0.25 * self._lamps_x
        self._swing = rng.uniform(0.25, 0.5, count) * rng.choice([-1, 1], count)
        self._beam_colours = [palette.accent, palette.second, palette.body, palette.light]
        self._light = canvas.twin()
        self._palette = palette
        self._heads_x = np.linspace(-canvas.right, canvas.right, _CROWD) + rng.uniform(-0.04, 0.04, _CROWD)
        self._heads_y = rng.uniform(0.72, 0.86, _CROWD)
        self._jump = rng.uniform(0.5, 1.5, _CROWD)
        self._waving = rng.random(_CROWD) < 0.45
        self._band_x = [-0.52 * canvas.aspect, 0.0, 0.52 * canvas.aspect]
        self._backdrop = self._paint_backdrop(canvas, rng)

    def _paint_backdrop(self, canvas: Canvas, rng: np.random.Generator) -> Canvas:
        palette, stage = self._palette, canvas.twin()
        stage.gradient([(-1.0, scaled(palette.night, 0.7)), (_STAGE_Y, palette.dusk), (1.0, palette.night)])
        for x in np.arange(-canvas.right, canvas.right, 0.24).tolist():
            stage.box(x, -0.6, x + 0.2, _STAGE_Y, mix(palette.night, palette.dusk, float(rng.uniform(0.5, 1.0))))
        stage.box(-canvas.right, _STAGE_Y, canvas.right, _STAGE_Y + 0.1, mix(palette.body, palette.dusk, 0.3))
        stage.box(-canvas.right, _STAGE_Y + 0.1, canvas.right, canvas.bottom, scaled(palette.night, 0.9))
        x = np.arange(-canvas.right, canvas.right + 0.2, 0.16)
        zigzag = np.stack([x, _TRUSS_Y + 0.05 * (1 - 2 * (np.arange(len(x)) % 2))], axis=-1)
        stage.lines([zigzag], mix(palette.body, palette.light, 0.2), 0.015)
        for y in (-0.05, 0.05):
            rail = [[-canvas.right, _TRUSS_Y + y], [canvas.right, _TRUSS_Y + y]]
            stage.lines([rail], mix(palette.body, palette.light, 0.2), 0.02)
        for side in (-1, 1):
            stage.box(
                side * canvas.aspect * 0.93 - 0.13, -0.25, side * canvas.aspect * 0.93 + 0.13, 0.38, palette.night
            )
            for y in (-0.05, 0.2):
                stage.disc(side * canvas.aspect * 0.93, y, 0.09, mix(palette.dusk, palette.body, 0.6))
        stage.mottle(rng, 0.15)
        return stage

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._backdrop.image
        self._draw_beams(canvas, now)
        for i, x in enumerate(self._band_x):
            self._draw_musician(canvas, x, i, now)
        self._draw_crowd(canvas, now)

    def _draw_beams(self, canvas: Canvas, now: Moment) -> None:
        light = self._light
        light.image[:] = 0
        angle = self._aim + self._swing * now.sway + 0.25 * np.sin(0.9 * now.travel + 2.0 * np.arange(len(self._aim)))
        half = 0.1 + 0.06 * now.kick
        y = _TRUSS_Y + 0.1
        reach = 1.35
        corners = [np.stack([self._lamps_x + edge * 0.02, np.full_like(angle, y)], axis=-1) for edge in (-1, 1)] + [
            np.stack([self._lamps_x + reach * np.tan(angle + edge * half), np.full_like(angle, y + reach)], axis=-1)
            for edge in (1, -1)
        ]
        beat = int(now.step)
        brightness = 0.4 + 0.25 * now.energy + 0.3 * now.kick
        tints = [scaled(self._beam_colours[(i + beat) % 3], brightness) for i in range(len(angle))]
        light.convex(np.stack(corners, axis=1), tints)
        cv2.add(canvas.image, cv2.blur(light.image, (7, 7)), dst=canvas.image)
        for x in self._lamps_x.tolist():
            canvas.disc(x, y - 0.02, 0.05, self._palette.light)

    def _draw_musician(self, canvas: Canvas, x: float, i: int, now: Moment) -> None:
        ink, shine = scaled(self._palette.night, 0.5), self._palette.accent
        x += 0.06 * now.sway * (1 - i % 2 * 2)
        y = _STAGE_Y - 0.07 * now.kick
        legs = [[[x, y - 0.25], [x - 0.07, _STAGE_Y]], [[x, y - 0.25], [x + 0.07, _STAGE_Y]]]
        canvas.lines(legs, ink, 0.06)
        shoulders = [[x - 0.1, y - 0.48], [x + 0.1, y - 0.48], [x + 0.06, y - 0.22], [x - 0.06, y - 0.22]]
        canvas.convex([shoulders], [ink])
        canvas.disc(x + 0.03 * now.sway, y - 0.57, 0.07, ink)
        if i == 1:
            canvas.lines([[[x + 0.13, _STAGE_Y], [x + 0.08, y - 0.52]]], shine, 0.015)
            canvas.lines([[[x + 0.08, y - 0.44], [x + 0.16, y - 0.34 - 0.3 * now.kick]]], ink, 0.05)
            return
        tilt = 0.12 * now.sway
        canvas.lines([[[x - 0.06, y - 0.27], [x + 0.28, y - 0.42 - tilt]]], shine, 0.025)
        canvas.ellipse(x - 0.05, y - 0.27, (0.1, 0.065), -25 - 60 * tilt, shine)

    def _draw_crowd(self, canvas: Canvas, now: Moment) -> None:
        ink = mix(self._palette.night, self._palette.dusk, 0.55)
        y = self._heads_y - 0.13 * now.kick * self._jump + 0.02 * np.sin(1.7 * now.travel + 3 * self._jump)
        for x, top, jump, waving in zip(self._heads_x, y, self._jump, self._waving, strict=True):
            canvas.disc(float(x), float(top), 0.1, ink)
            canvas.ellipse(float(x), float(top) + 0.27, (0.17, 0.2), 0, ink)
            if waving:
                hand = [x + 0.1 + 0.09 * now.sway, top - 0.24 - 0.08 * now.kick * jump]
                canvas.lines([[[x + 0.12, top + 0.15], hand]], ink, 0.055)
