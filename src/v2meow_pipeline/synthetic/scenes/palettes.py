"""Colour palettes by name; their probabilities per genre are in look.py."""

import colorsys
from typing import Final, NamedTuple

import numpy as np

from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.synthetic.plan import ClipPlan
from v2meow_pipeline.synthetic.scenes.canvas import Colour

HUE_JITTER_DEG: Final = 14.0
MINOR_DIMMING: Final = 0.84


class Palette(NamedTuple):
    """RGB colours, 0 to 255.

    Attributes:
        night: darkest colour, for silhouettes and the far background.
        dusk: dark colour, for backgrounds.
        body: medium colour, for large objects.
        accent: saturated colour, for moving objects.
        second: second saturated colour.
        light: brightest colour, for lamps, suns and flashes.
    """

    night: Colour
    dusk: Colour
    body: Colour
    accent: Colour
    second: Colour
    light: Colour


PALETTE_HEX: Final = {
    "ember": ("1a0d12", "4a1720", "96301f", "f0602a", "f7b23b", "ffe9c4"),
    "neon": ("0b0a22", "231a58", "5a2a9e", "ff2f9a", "19e3e6", "f2f7ff"),
    "steel": ("10161d", "27353f", "516879", "86aec4", "d07c4e", "eaf2f7"),
    "candy": ("3a1a4a", "8a4590", "f08bb4", "ff5d8f", "6fd6e0", "fff3e6"),
    "sunset": ("22143c", "5e2a63", "c94c63", "ff8a4c", "ffd166", "fff0d2"),
    "ultraviolet": ("0e0724", "2c1470", "5b2fc4", "a45bff", "4f8bff", "eadcff"),
    "meadow": ("0f2418", "245238", "4f9150", "b5d94c", "f2a93b", "f6ffe0"),
    "ocean": ("06182c", "0d3d63", "1b7ea6", "35c9c3", "f4d58d", "e6fbff"),
    "mono": ("101010", "343434", "747474", "bdbdbd", "8f8a84", "fafafa"),
    "sepia": ("20150c", "4b3421", "8c6742", "c99f68", "a5583a", "f9ecd2"),
    "arctic": ("12273a", "3d6e8c", "8fc1d6", "c9ecf2", "ff8f8f", "ffffff"),
    "toxic": ("0c120a", "22330f", "4d6b12", "b6f21d", "e83fd0", "f6ffd6"),
}


def palette_of(plan: ClipPlan) -> Palette:
    """Colours of a clip: its palette with a random hue shift, darker in a minor key.

    Args:
        plan: plan with palette, mode and look seed.

    Returns:
        Palette of the clip.
    """
    rng = np.random.default_rng(derive_seed(plan.look_seed, "hue"))
    turn = float(rng.uniform(-HUE_JITTER_DEG, HUE_JITTER_DEG)) / 360
    value = MINOR_DIMMING if plan.mode == "minor" else 1.0
    return Palette(*(_turned(bytes.fromhex(code), turn, value) for code in PALETTE_HEX[plan.palette]))


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Interpolates two colours linearly: `share` 0 gives the first, 1 the second."""
    return (
        first[0] + (second[0] - first[0]) * share,
        first[1] + (second[1] - first[1]) * share,
        first[2] + (second[2] - first[2]) * share,
    )


def scaled(colour: Colour, gain: float) -> Colour:
    """Multiplies a colour by a gain, clipped to 255."""
    return (min(colour[0] * gain, 255.0), min(colour[1] * gain, 255.0), min(colour[2] * gain, 255.0))


def _turned(rgb: bytes, turn: float, value: float) -> Colour:
    hue, saturation, brightness = colorsys.rgb_to_hsv(*(channel / 255 for channel in rgb))
    red, green, blue = colorsys.hsv_to_rgb((hue + turn) % 1.0, saturation, brightness * value)
    return 255 * red, 255 * green, 255 * blue
