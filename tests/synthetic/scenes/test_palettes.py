"""Colours: many, distinct, and never far from what their name says."""

import colorsys
import itertools

import numpy as np
import pytest

from v2meow_pipeline.synthetic.look import PALETTES
from v2meow_pipeline.synthetic.scenes.palettes import (
    HUE_JITTER_DEG,
    PALETTE_HEX,
    mix,
    palette_of,
    scaled,
)


def hsv(colour):
    return colorsys.rgb_to_hsv(*(channel / 255 for channel in colour))


def named(name):
    return np.array([list(bytes.fromhex(code)) for code in PALETTE_HEX[name]])


def test_every_palette_of_the_plan_has_colours():
    """A palette that plans may name but nobody mixed would stop a corpus half way."""
    assert set(PALETTE_HEX) == set(PALETTES)


def test_palettes_are_distinct():
    """Held-out palettes test nothing if they look like one that was seen."""
    for first, second in itertools.combinations(PALETTES, 2):
        assert np.abs(named(first) - named(second)).mean() > 12, (first, second)


@pytest.mark.parametrize("name", PALETTES)
def test_every_palette_runs_from_dark_to_light(name):
    """Silhouettes have to stand out from lamps in each of them."""
    luma = named(name) @ [0.299, 0.587, 0.114]
    assert luma[0] < luma[1] < luma[2] < luma[5]
    assert luma[5] - luma[0] > 150


def test_hue_is_jittered_within_bounds(make_plan):
    """Too little and a palette is one exact colour; too much and names mean nothing."""
    base = hsv(named("ember")[3])[0] * 360
    turns = [
        (hsv(palette_of(make_plan(palette="ember", look_seed=seed)).accent)[0] * 360 - base + 180) % 360 - 180
        for seed in range(60)
    ]
    assert max(map(abs, turns)) <= HUE_JITTER_DEG + 1e-6
    assert max(turns) - min(turns) > HUE_JITTER_DEG


def test_minor_is_mildly_darker(make_plan):
    """Darker, but not so much that mode can be told without knowing the palette."""
    major, minor = (np.array(palette_of(make_plan(mode=mode))) for mode in ("major", "minor"))
    assert 0.75 < minor.sum() / major.sum() < 0.95


def test_colours_stay_in_range():
    """Values above 255 wrap round in a byte."""
    assert scaled((200.0, 10.0, 0.0), 2.0) == (255.0, 20.0, 0.0)
    assert mix((0.0, 0.0, 0.0), (100.0, 50.0, 10.0), 0.5) == (50.0, 25.0, 5.0)
