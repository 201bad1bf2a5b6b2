"""Loss of a stage on each clip, for paired comparisons of models."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from v2meow_pipeline.examples.stage_examples import Reader, StageClips
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.networks.device import freeze


def clip_losses(model: StageModel, readers: Mapping[str, Reader], clip_ids: Sequence[str]) -> np.ndarray:
    """Loss of each clip with video conditions, averaged over levels (see `clip_level_losses`).

    Args:
        model: a trained stage; it is left frozen.
        readers: see `examples.stage_examples.StageClips`.
        clip_ids: clips to evaluate.

    Returns:
        Loss in nats per token, float64 [clip].
    """
    return clip_level_losses(model, readers, clip_ids).mean(axis=1)


@torch.inference_mode()
def clip_level_losses(
    model: StageModel, readers: Mapping[str, Reader], clip_ids: Sequence[str], hide_video: bool = False
) -> np.ndarray:
    """Loss of each clip and level, averaged over crops that cover the clip, each as long as a training example.

    The music-text embedding is dropped, because it is computed from the target audio and most users give no prompt.

    Args:
        model: a trained stage; it is left frozen.
        readers: see `examples.stage_examples.StageClips`.
        clip_ids: clips to evaluate.
        hide_video: whether to drop the video streams too.

    Returns:
        Loss in nats per token, float64 [clip, level].
    """
    device = freeze(model).heads.device
    clips = StageClips(model, readers, clip_ids)
    # Consecutive crops; the last one is aligned to the end of the clip.
    step = max(1, int(clips.crop_s * clips.grid_hz))
    starts = sorted({*range(0, clips.starts, step), clips.starts - 1})
    jobs = [(clip, start) for clip in range(len(clip_ids)) for start in starts]
    shown = [s.name for s in clips.inputs if not s.optional or (s.of_video and not hide_video)]
    losses = np.zeros((len(clip_ids), model.levels))
    for clip, start in jobs:
        batch = clips.batch(np.array([clip]), np.array([start]))
        conditions = {name: batch.conditions[name].to(device) for name in shown}
        output = model(conditions, batch.tokens.to(device), batch.start_s.to(device))
        losses[clip] += output.level_loss.double().cpu().numpy()
    return losses / len(starts)
