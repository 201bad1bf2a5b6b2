"""Layers that scroll for ever."""

import numpy as np

from v2meow_pipeline.synthetic.scenes.canvas import Canvas
from v2meow_pipeline.synthetic.scenes.strip import Strip

PERIOD = 3.0


def one_post(canvas: Canvas, shift: float) -> None:
    canvas.box(0.4 + shift, -0.5, 0.7 + shift, canvas.bottom, (250.0, 120.0, 60.0))


def seen(shift: float, lift: float = 0.0) -> np.ndarray:
    canvas = Canvas(100, 100)
    canvas.image[:] = 20
    Strip(canvas, PERIOD, one_post).draw(canvas, shift, lift)
    return canvas.image.astype(float)


def centre_x(image: np.ndarray) -> float:
    weight = (image[..., 0] - 20).clip(0).sum(axis=0)
    return float((weight * np.arange(len(weight))).sum() / weight.sum())


def test_background_shows_around_what_is_painted():
    """Catches a layer without transparency."""
    image = seen(0.0)
    assert (image[:20] == 20).all()
    assert image[-1, :, 0].max() == 250


def test_it_moves_by_fractions_of_a_pixel():
    """Whole-pixel steps would give slow, even movement a pulse of its own."""
    pixel = 1 / Canvas(100, 100).scale
    assert np.allclose(
        [centre_x(seen(0.0)) - centre_x(seen(k * pixel / 4)) for k in range(5)], np.arange(5) / 4, atol=0.05
    )


def test_it_repeats_after_its_period():
    """Catches a jump where the strip comes round."""
    assert np.abs(seen(0.2) - seen(0.2 + 180 / 60)).max() < 3


def test_lifting_leaves_no_gap_below():
    """Catches a bare stripe at the bottom of the frame when a layer hops."""
    assert seen(0.0, lift=0.15)[-1, :, 0].max() == 250
