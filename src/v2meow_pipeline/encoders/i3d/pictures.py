"""Optical flow images for I3D: 8-bit, clipped at 20 pixels per frame.

Carreira & Zisserman (2017) compute flow between frames 1/25 s apart with a short side of 256 px, clip it to [-20, 20]
px and scale it to [-1, 1]. Here velocity is in image widths per second, so the same scale applies to any image size and
frame rate.
"""

import numpy as np
import torch
from jaxtyping import Float, Int8
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.i3d.config import FlowConfig
from v2meow_pipeline.encoders.motion import cells, measure
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames

REVISION = "flow_pictures-1"
ORIGINAL_PX, ORIGINAL_FPS, LARGEST_PX = 256, 25, 20
FULL_SCALE = 127


def frame_spec(config: FlowConfig, clock: Clock) -> FrameSpec:
    """Specification of the input frames: gray, at the flow rate.

    Args:
        config: size and fit of the frames.
        clock: flow rate.

    Returns:
        The frame specification for the decoder.
    """
    return FrameSpec(fps=float(clock.flow_fps), size_px=config.picture_px, gray=True, fit=config.fit)


def flow_pictures(frames: SampledFrames, fps: float, config: FlowConfig) -> Int8[np.ndarray, "t size size 2"]:
    """Computes the flow from the previous frame to each frame; that of the first frame repeats the second's.

    The flow across cuts is not removed, as in the original.

    Args:
        frames: gray frames of side `config.picture_px`.
        fps: frame rate of the frames.
        config: sizes.

    Returns:
        Horizontal (rightwards) and vertical (downwards) flow; 127 is 20 px of 256 px in 1/25 s.
    """
    margin = (config.picture_px - config.cropped_px) // 2
    crop = slice(margin, margin + config.cropped_px)
    if config.cropped_px == config.picture_px:
        velocity = measure(frames, fps, config.size_px, bridge_cuts=False).velocity
    else:
        whole = measure(frames, fps, config.picture_px, bridge_cuts=False).velocity
        velocity = np.stack([cells(picture, config.size_px) for picture in whole[:, crop, crop]])
    scaled = velocity * (ORIGINAL_PX / ORIGINAL_FPS / LARGEST_PX)
    return np.round(np.clip(scaled, -1, 1) * FULL_SCALE).astype(np.int8)


def as_input(pictures: Int8[Tensor, "batch t h w 2"]) -> Float[Tensor, "batch 2 t h w"]:
    """Converts flow images to network input: in [-1, 1], channels first, with channels-last memory layout for speed."""
    return (pictures.permute(0, 4, 1, 2, 3).to(torch.float32) / FULL_SCALE).contiguous(
        memory_format=torch.channels_last_3d
    )
