"""Rendering of the video of synthetic clips: twelve scenes animated by the beat."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.synthetic.plan import ClipPlan, Timing
from v2meow_pipeline.synthetic.scenes.abstract import Bars, Shards, Tunnel
from v2meow_pipeline.synthetic.scenes.beat_signals import follow
from v2meow_pipeline.synthetic.scenes.camera import Camera, Viewpoint, viewpoint
from v2meow_pipeline.synthetic.scenes.canvas import Canvas, Image
from v2meow_pipeline.synthetic.scenes.city import City
from v2meow_pipeline.synthetic.scenes.club import PianoClub
from v2meow_pipeline.synthetic.scenes.dancers import Dancers
from v2meow_pipeline.synthetic.scenes.landscapes import Beach, Mountains, Savanna
from v2meow_pipeline.synthetic.scenes.palettes import palette_of
from v2meow_pipeline.synthetic.scenes.particles import Petals, Stars
from v2meow_pipeline.synthetic.scenes.scene import Scene, SceneFactory
from v2meow_pipeline.synthetic.scenes.stage_lights import StageLights

SCENE_FACTORIES: Final[dict[str, SceneFactory]] = {
    "dancers": Dancers,
    "stage_lights": StageLights,
    "tunnel": Tunnel,
    "bars": Bars,
    "city": City,
    "piano_club": PianoClub,
    "beach": Beach,
    "mountains": Mountains,
    "savanna": Savanna,
    "petals": Petals,
    "shards": Shards,
    "stars": Stars,
}

# Number of layouts that cuts cycle through, like the cameras of an edited video.
_LAYOUTS: Final = 4


def render_frames(plan: ClipPlan, timing: Timing, width: int, height: int, fps: int) -> Iterator[Image]:
    """Renders the frames of one clip deterministically.

    Args:
        plan: plan with scene, palette, energy, mode, synchrony and look seed; its genre is not used.
        timing: beats, bars and onsets of the music; frame k is at time k / fps.
        width: frame width, pixels.
        height: frame height, pixels.
        fps: frame rate, Hz.

    Yields:
        round(duration * fps) frames, uint8 [height, width, 3], RGB.
    """
    palette = palette_of(plan)
    canvas = Canvas(width, height)
    camera = Camera(canvas, width, height, palette)
    pulse = follow(plan, timing, fps)
    factory = SCENE_FACTORIES[plan.scene]
    layouts: dict[int, tuple[Scene, Viewpoint]] = {}
    angles = np.random.default_rng(derive_seed(plan.look_seed, "shakes")).uniform(0, 2 * np.pi, len(pulse.moments) + 1)
    for now, beat, shot in zip(pulse.moments, pulse.beat.tolist(), pulse.shot.tolist(), strict=True):
        layout = shot % _LAYOUTS
        if layout not in layouts:
            rng = np.random.default_rng(derive_seed(plan.look_seed, "layout", layout))
            layouts[layout] = factory(canvas, palette, rng), viewpoint(rng)
        scene, view = layouts[layout]
        scene.draw(canvas, now)
        angle = float(angles[beat + 1])
        yield camera.shoot(canvas, view, now, (np.cos(angle), np.sin(angle)))
