"""Flow as the original saw it: pixels of 256 in 1/25 s, clipped at 20."""

import numpy as np
import pytest
import torch
from tests.support.moving_pictures import shifted

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.i3d.config import PUBLISHED, FlowConfig
from v2meow_pipeline.encoders.i3d.pictures import as_input, flow_pictures, frame_spec
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.media.decode import SampledFrames


def film(texture: np.ndarray, dx: float, dy: float, fps: float, count: int = 8) -> SampledFrames:
    return SampledFrames(np.stack([shifted(texture, dx * i, dy * i) for i in range(count)]), np.arange(count) / fps)


@pytest.mark.parametrize("fps", [24.0, 12.0])
def test_flow_has_the_scale_of_the_published_weights_at_any_rate(texture: np.ndarray, fps: float) -> None:
    """Catches pixels of the small picture taken for the original's: weights would see a world eight times slower.

    1 px of 112 in 1/24 s is 24/112 widths a second: 2.19 px of 256 in 1/25 s, 14 of 127.
    """
    flow = flow_pictures(film(texture, 24 / fps, -24 / fps, fps), fps, FlowConfig())
    assert flow.shape == (8, 32, 32, 2) and flow.dtype == np.int8
    np.testing.assert_allclose(flow[:, 8:-8, 8:-8].mean(axis=(0, 1, 2)), [13.9, -13.9], atol=1.5)


def test_fast_movement_is_clipped_not_wrapped(texture: np.ndarray) -> None:
    """Catches int8 overflow: the fastest movement would turn round."""
    flow = flow_pictures(film(texture, 4.0, 0.0, fps=200.0), 200.0, FlowConfig())
    assert np.median(flow[:, 8:-8, 8:-8, 0]) == 127


def test_only_the_middle_is_kept_of_a_cropped_picture(texture: np.ndarray) -> None:
    """Catches a crop of the wrong place, and flow that is scaled with the crop."""
    whole = flow_pictures(film(texture, 1, 0, 24.0), 24.0, FlowConfig(picture_px=112, size_px=112))
    middle = flow_pictures(film(texture, 1, 0, 24.0), 24.0, FlowConfig(cropped_px=80, size_px=80))
    np.testing.assert_array_equal(middle, whole[:, 16:96, 16:96])


def test_frames_are_gray_at_flow_rate() -> None:
    """Catches the visual rate, at which flow carries no rhythm; published weights saw the middle of the picture."""
    spec = frame_spec(PUBLISHED.flow, Clock(flow_fps=12))
    assert (spec.fps, spec.size_px, spec.gray, spec.fit) == (12.0, 256, True, "crop")


def test_the_network_sees_channels_first_in_minus_one_to_one() -> None:
    """Catches axes in another order."""
    flow = torch.arange(-120, 120, dtype=torch.int8).view(1, 5, 4, 6, 2)
    seen = as_input(flow)
    assert seen.shape == (1, 2, 5, 4, 6)
    torch.testing.assert_close(seen[0, 1, 3, 2, 5] * 127, flow[0, 3, 2, 5, 1].float())


def test_sizes_that_do_not_fit_are_refused() -> None:
    """Catches flow that is made larger than it was measured."""
    with pytest.raises(ConfigError, match="size_px"):
        FlowConfig(picture_px=64, cropped_px=64, size_px=112)
