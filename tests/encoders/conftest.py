"""Shared by the encoder tests: clips that need no media room, and networks that are loaded once."""

import cv2
import numpy as np
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.image import EfficientNetLite0
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.encoders.text import MiniLM


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def image_encoder(clock: Clock) -> EfficientNetLite0:
    return EfficientNetLite0(clock)


@pytest.fixture(scope="session")
def text_encoder() -> MiniLM:
    return MiniLM()


@pytest.fixture(scope="session")
def musicnn() -> Musicnn:
    return Musicnn()


@pytest.fixture(scope="session")
def texture() -> np.ndarray:
    """A smooth random picture, uint8 [112, 112], with enough structure for optical flow."""
    noise = np.random.default_rng(0).normal(size=(112, 112)).astype(np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)
