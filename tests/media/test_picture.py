"""The picture an encoder gets shows what a viewer sees."""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2meow_pipeline.media.picture import FrameSpec, Renderer


def frame_of(image: np.ndarray) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv444p")


def test_crop_keeps_the_middle_and_stretch_keeps_all() -> None:
    """Catches the two mixed up, or the crop off centre."""
    image = np.zeros((60, 180, 3), np.uint8)
    image[:, 60:120] = 255
    crop = Renderer(FrameSpec(1.0, 32, True, "crop"), None).render(frame_of(image))
    stretch = Renderer(FrameSpec(1.0, 32, True, "stretch"), None).render(frame_of(image))
    assert crop.min() > 180
    assert stretch.mean() == pytest.approx(255 / 3, abs=6) and stretch[:, :8].max() < 20


@pytest.mark.parametrize("size", [(60, 180), (180, 60), (20, 1000)])
def test_a_circle_stays_round(size: tuple[int, int]) -> None:
    """Catches a crop that squeezes, also in the path for long frames."""
    height, width = size
    image = np.zeros((height, width, 3), np.uint8)
    cv2.circle(image, (width // 2, height // 2), min(size) // 3, (255, 255, 255), -1)
    seen = Renderer(FrameSpec(1.0, 64, True), None).render(frame_of(image)) > 128
    rows, columns = seen.any(axis=1).sum(), seen.any(axis=0).sum()
    assert abs(int(rows) - int(columns)) <= 4 and 36 <= rows <= 50


def test_wide_pixels_are_unsqueezed() -> None:
    """Catches the pixel aspect left out of the crop."""
    image = np.zeros((120, 60, 3), np.uint8)
    cv2.ellipse(image, (30, 60), (15, 30), 0, 0, 360, (255, 255, 255), -1)
    seen = Renderer(FrameSpec(1.0, 64, True), Fraction(2)).render(frame_of(image)) > 128
    assert abs(int(seen.any(axis=1).sum()) - int(seen.any(axis=0).sum())) <= 3


@settings(max_examples=30, deadline=None)
@given(
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    size_px=st.integers(1, 64),
    gray=st.booleans(),
    fit=st.sampled_from(["crop", "stretch"]),
)
def test_every_size_gives_the_shape_and_the_level(width: int, height: int, size_px: int, gray: bool, fit: str) -> None:
    """Catches a scaler that fails on a pixel, and odd sizes that lose a row."""
    image = np.full((height, width, 3), 120, np.uint8)
    spec = FrameSpec(1.0, size_px, gray, fit)  # type: ignore[arg-type]
    seen = Renderer(spec, None).render(frame_of(image))
    assert seen.shape == spec.image_shape and seen.dtype == np.uint8
    assert np.abs(seen.astype(int) - 120).max() <= 6
