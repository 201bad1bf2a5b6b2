"""Bytes that an environment needs: per clip on disk and in memory, and of its models."""

from typing import Any, NamedTuple

import torch

from v2meow_pipeline.app.requirements import trained_networks, visual_encoders
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.audio_events import GROUPS, RATE_HZ
from v2meow_pipeline.encoders.event_curves import CHANNELS
from v2meow_pipeline.encoders.i3d.config import I3dFlowConfig
from v2meow_pipeline.encoders.music_text_towers import WIDTH
from v2meow_pipeline.encoders.video_events import NAME as EVENTS
from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.training.sizes import feature_sizes, network_sizes, stage_config

PCM_BYTES = HALF_BYTES = TOKEN_BYTES = 2
FLOAT_BYTES = 4
TRUNK_WIDTH = 450
# Bytes per weight of a resume point with the best weights: weights, two moments of AdamW, best weights.
RESUME_BYTES = 16
# Copies of finished weights: the checkpoint, and the version in the model registry.
COPIES = 2


class ClipBytes(NamedTuple):
    """Bytes per clip.

    Attributes:
        disk: bytes on disk by layer; those of `training cache` for training and validation clips only.
        memory: bytes of a stage's inputs, which each training worker holds in memory.
    """

    disk: dict[str, int]
    memory: int


def clip_bytes(parameters: dict[str, Any], cached: set[str]) -> ClipBytes:
    """Bytes per clip, from the layouts of the shards (without compression).

    Args:
        parameters: parameters of the environment.
        cached: networks that are trained here on frames or flow, which are cached.

    Returns:
        Bytes on disk and in memory.
    """
    clock = Clock.parse(parameters["clock"])
    visual = _feature_bytes(parameters, clock)
    tokens = TOKEN_BYTES * (clock.t_semantic + clock.acoustic_levels * clock.t_acoustic)
    onsets = HALF_BYTES * (GROUPS + 1) * round(clock.clip_s * RATE_HZ)
    text = FLOAT_BYTES * WIDTH
    disk = {
        "audio": PCM_BYTES * clock.clip_samples,
        "visual features": visual,
        "music features": FLOAT_BYTES * TRUNK_WIDTH,
        "tokens and embeddings": tokens + onsets + text,
        "training cache": _cache_bytes(parameters, clock, cached),
    }
    return ClipBytes(disk, visual + tokens + text)


def model_bytes(parameters: dict[str, Any]) -> int:
    """Bytes on disk of all models: finished weights with their registered copies, and the largest resume point."""
    used = trained_networks(parameters, ablation=True)
    weights = [row.training for row in network_sizes(parameters, used)]
    for spec in PATHS[parameters["generate"]["composer"]["path"]]:
        with torch.device("meta"):
            weights.append(sum(p.numel() for p in StageModel(stage_config(parameters, spec.name)).parameters()))
    return COPIES * FLOAT_BYTES * sum(weights) + RESUME_BYTES * max(weights, default=0)


def _feature_bytes(parameters: dict[str, Any], clock: Clock) -> int:
    """Bytes per clip of all visual features: float16 vectors, or int16 tokens."""
    names = visual_encoders(parameters)
    sizes = feature_sizes(parameters, [name for name in names if name != EVENTS])
    widths = [HALF_BYTES * size if isinstance(size, int) else TOKEN_BYTES * size.tokens for size in sizes.values()]
    events = HALF_BYTES * CHANNELS * clock.t_event if EVENTS in names else 0
    return clock.t_visual * sum(widths) + events


def _cache_bytes(parameters: dict[str, Any], clock: Clock, cached: set[str]) -> int:
    total = 0
    if "i3d_flow" in cached:
        size_px = I3dFlowConfig.parse(parameters["i3d_flow"]["model"]).flow.size_px
        total += clock.t_flow * size_px**2 * 2  # int8, two components
    if "vitvqgan" in cached:
        size_px = ViTVQGANConfig.parse(parameters["vitvqgan"]["model"]).size_px
        total += clock.t_visual * size_px**2 * 3  # uint8, RGB
    return total
