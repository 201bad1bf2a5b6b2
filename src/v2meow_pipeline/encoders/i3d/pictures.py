"""Pictures of flow as I3D sees them: 8-bit, clipped at 20 pixels a frame.

Carreira & Zisserman (2017) measure flow between frames 1/25 s apart whose short side has 256 px, clip it to [-20, 20]
px and scale it to [-1, 1]. Velocity is measured here in widths of the picture a second, so the same scale holds
whatever the size of the pictures and the rate of the video.
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
    """The frames to decode: gray, at flow rate.

    Args:
        config: their size and fit.
        clock: their rate.

    Returns:
        What the decoder is asked for.
    """
    return FrameSpec(fps=float(clock.flow_fps), size_px=config.picture_px, gray=True, fit=config.fit)


def flow_pictures(frames: SampledFrames, fps: float, config: FlowConfig) -> Int8[np.ndarray, "t size size 2"]:
    """The flow towards each frame, from the one before; that of the first repeats the second's.

    A cut is kept as the burst of flow that is found there, as in the original.

    Args:
        frames: gray, `config.picture_px` a side.
        fps: at which they were sampled.
        config: sizes.

    Returns:
        Rightwards and downwards; 127 is 20 px of 256 in 1/25 s.
    """
    margin = (config.picture_px - config.cropped_px) // 2
    kept = slice(margin, margin + config.cropped_px)
    if config.cropped_px == config.picture_px:
        velocity = measure(frames, fps, config.size_px, bridge_cuts=False).velocity
    else:
        whole = measure(frames, fps, config.picture_px, bridge_cuts=False).velocity
        velocity = np.stack([cells(picture, config.size_px) for picture in whole[:, kept, kept]])
    scaled = velocity * (ORIGINAL_PX / ORIGINAL_FPS / LARGEST_PX)
    return np.round(np.clip(scaled, -1, 1) * FULL_SCALE).astype(np.int8)


def as_input(pictures: Int8[Tensor, "batch t h w 2"]) -> Float[Tensor, "batch 2 t h w"]:
    """What the network takes: in [-1, 1], channels first (and last in memory, where they are faster)."""
    return (pictures.permute(0, 4, 1, 2, 3).to(torch.float32) / FULL_SCALE).contiguous(
        memory_format=torch.channels_last_3d
    )
