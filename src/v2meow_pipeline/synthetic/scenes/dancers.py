"""Dancers scene: people on a lit dance floor, who change pose on every beat."""

from typing import Final

import numpy as np

from v2meow_pipeline.synthetic.scenes.beat_signals import Moment
from v2meow_pipeline.synthetic.scenes.canvas import Canvas, Colour, Points
from v2meow_pipeline.synthetic.scenes.palettes import Palette, mix, scaled

_POSES: Final = 4
_HORIZON: Final = 0.22
# Limb lengths relative to a dancer's height.
_TORSO: Final = 0.31
_ARM: Final = 0.17
_LEG: Final = 0.24
_HEAD: Final = 0.075


class Dancers:
    """Three to five dancers (two in tall frames), each with a cycle of four poses."""

    def __init__(self, canvas: Canvas, palette: Palette, rng: np.random.Generator) -> None:
        """Draws the layout.

        Args:
            canvas: canvas that sets the geometry.
            palette: colours of the clip.
            rng: random generator of the number of dancers, their positions, poses and clothes.
        """
        count = int(rng.integers(3, 6)) if canvas.aspect > 0.8 else 2
        spread = canvas.aspect * 0.78
        self._x = np.linspace(-spread, spread, count) + rng.uniform(-0.06, 0.06, count)
        self._height = rng.uniform(1.05, 1.3, count) * min(1.0, 3.6 * canvas.aspect / count)
        self._floor = rng.uniform(0.68, 0.9, count)
        self._poses = _draw_poses(rng, count)
        wardrobe = [palette.accent, palette.second, palette.light, mix(palette.accent, palette.light, 0.5)]
        self._clothes: list[Colour] = [wardrobe[int(i)] for i in rng.permutation(np.arange(count) % 4)]
        self._skin = [mix(palette.light, palette.body, float(share)) for share in rng.uniform(0.15, 0.7, count)]
        self._night = palette.night
        self._rooms = [_room(canvas, palette, odd, rng.spawn(1)[0]) for odd in (0, 1)]

    def draw(self, canvas: Canvas, now: Moment) -> None:
        """See `Scene.draw`."""
        canvas.image[:] = self._rooms[int(now.step) % 2].image
        whole, part = divmod(now.step, 1.0)
        before, after = self._poses[:, int(whole - 1) % _POSES], self._poses[:, int(whole) % _POSES]
        angles = before + (after - before) * part
        for i in np.argsort(self._floor).tolist():
            self._draw_dancer(canvas, i, angles[i], now)

    def _draw_dancer(self, canvas: Canvas, i: int, angles: Points, now: Moment) -> None:
        height = float(self._height[i])
        lean = angles[0] * (0.5 + now.energy) + 0.1 * now.sway
        arms, legs = angles[1:5], angles[5:9] * (0.6 + 0.6 * now.energy)
        hip = np.array([self._x[i] + 0.1 * now.sway * (1 if i % 2 else -1), 0.0])
        feet = [
            _limb(hip + np.array([side * 0.035 * height, 0]), legs[j : j + 2], side, _LEG * height)
            for j, side in _SIDES
        ]
        drop = float(self._floor[i]) - max(foot[2, 1] for foot in feet) - 0.16 * now.kick * (1 + i % 3) / 2
        up = np.array([np.sin(lean), -np.cos(lean)])
        neck = hip + up * _TORSO * height
        hands = [
            _limb(neck + np.array([side * 0.08 * height, 0.02]), arms[j : j + 2], side, _ARM * height)
            for j, side in _SIDES
        ]
        down = np.array([0.0, drop])
        canvas.ellipse(float(hip[0]), float(self._floor[i]), (0.24 * height, 0.045), 0, scaled(self._night, 0.7))
        canvas.lines([path + down for path in feet], mix(self._clothes[i], self._night, 0.45), 0.07 * height)
        shoulders = [[-0.1, 0.0], [0.1, 0.0]] * np.array(height)
        hips = [[0.065, 0.0], [-0.065, 0.0]] * np.array(height)
        canvas.convex([np.concatenate([neck + shoulders, hip + hips]) + down], [self._clothes[i]])
        canvas.lines([path + down for path in hands], self._skin[i], 0.052 * height)
        head = neck + up * 0.1 * height + down
        canvas.disc(float(head[0]), float(head[1]), _HEAD * height, self._skin[i])
        canvas.ellipse(float(head[0]), float(head[1]) - 0.04 * height, (0.078 * height, 0.045 * height), 0, self._night)


_SIDES: Final = ((0, -1.0), (2, 1.0))


def _limb(root: Points, angles: Points, side: float, length: float) -> Points:
    """Joints [3, 2]: shoulder, elbow, hand or hip, knee, foot; angles from straight down, positive outwards."""
    directions = np.stack([side * np.sin(angles), np.cos(angles)], axis=-1)
    return np.concatenate([root[None], root + np.cumsum(directions * length, axis=0)])


def _draw_poses(rng: np.random.Generator, count: int) -> Points:
    """Poses [dancer, pose, 9]: lean, then upper and lower angle of left arm, right arm, left leg, right leg."""
    shape = (count, _POSES)
    lean = rng.uniform(-0.25, 0.25, shape)
    raised = rng.permuted(np.tile([0.5, 1.2, 2.2, 2.7], (count, 1)), axis=1)
    left, right = raised + rng.uniform(-0.2, 0.2, shape), np.roll(raised, 1, axis=1) + rng.uniform(-0.2, 0.2, shape)
    step = np.where(np.arange(_POSES) % 2, 0.65, 0.12) * np.ones(shape)
    other = 0.77 - step
    columns = [
        lean,
        left,
        left + rng.uniform(0.2, 1.0, shape),
        right,
        right + rng.uniform(0.2, 1.0, shape),
        step,
        step - rng.uniform(0.2, 0.7, shape),
        other,
        other - rng.uniform(0.2, 0.7, shape),
    ]
    return np.stack(columns, axis=-1)


def _room(canvas: Canvas, palette: Palette, odd: int, rng: np.random.Generator) -> Canvas:
    """Background: a wall with panels and a floor of tiles, half of them lit."""
    room = canvas.twin()
    room.gradient([(-1.0, palette.night), (_HORIZON, mix(palette.dusk, palette.body, 0.35)), (1.0, palette.night)])
    panels = np.linspace(-canvas.right, canvas.right, 9)
    for i in range(8):
        shade = mix(palette.dusk, palette.body, 0.15 + 0.35 * ((i + odd) % 2))
        room.box(panels[i] + 0.02, -0.95, panels[i + 1] - 0.02, _HORIZON - 0.06, shade)
    rows = _HORIZON + (canvas.bottom - _HORIZON) * np.linspace(0, 1, 6) ** 1.7
    columns = np.linspace(-2.4, 2.4, 11) * canvas.aspect
    for row in range(5):
        near, far = (0.45 + 0.55 * (rows[row + side] - _HORIZON) for side in (1, 0))
        for column in range(10):
            left, right = columns[column], columns[column + 1]
            corners = [[left * far, rows[row]], [right * far, rows[row]]]
            corners += [[right * near, rows[row + 1]], [left * near, rows[row + 1]]]
            lit = (row + column + odd) % 2
            tint = (palette.accent, palette.second)[(row + 2 * column) % 2]
            room.polygon(corners, mix(palette.dusk, tint, 0.55) if lit else mix(palette.night, palette.dusk, 0.6))
    room.glow(0.0, -0.9, 0.6, mix(palette.second, palette.light, 0.5), 0.35)
    room.mottle(rng, 0.12)
    return room
