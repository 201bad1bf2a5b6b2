"""How well a stage predicts single clips: what two models are compared by, clip by clip."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.networks.device import freeze
from v2meow_pipeline.training.data import Reader, StageClips


def clip_losses(model: StageModel, readers: Mapping[str, Reader], clip_ids: Sequence[str]) -> np.ndarray:
    """The loss of each clip, as `clip_level_losses` takes it with the video shown.

    Args:
        model: a trained stage; it is left frozen.
        readers: as `training.data.StageClips` takes them.
        clip_ids: which clips.

    Returns:
        Nats a token, the mean over levels, float64 [clip].
    """
    return clip_level_losses(model, readers, clip_ids).mean(axis=1)


@torch.inference_mode()
def clip_level_losses(
    model: StageModel, readers: Mapping[str, Reader], clip_ids: Sequence[str], hide_video: bool = False
) -> np.ndarray:
    """The loss of each clip and level: the mean over crops that cover it, each as long as a training example.

    The music-text vector is hidden: it is made of the very sound that is predicted, and most people give no prompt.

    Args:
        model: a trained stage; it is left frozen.
        readers: as `training.data.StageClips` takes them.
        clip_ids: which clips.
        hide_video: whether the streams that come from the video are hidden too.

    Returns:
        Nats a token, float64 [clip, level].
    """
    device = freeze(model).heads.device
    clips = StageClips(model, readers, clip_ids)
    # Crop after crop; the last one ends with the clip.
    step = max(1, int(clips.crop_s * clips.grid_hz))
    starts = sorted({*range(0, clips.starts, step), clips.starts - 1})
    jobs = [(clip, start) for clip in range(len(clip_ids)) for start in starts]
    shown = [s.name for s in clips.inputs if not s.optional or (s.of_video and not hide_video)]
    losses = np.zeros((len(clip_ids), model.levels))
    for clip, start in jobs:
        batch = clips.batch(np.array([clip]), np.array([start]))
        seen = {name: batch.conditions[name].to(device) for name in shown}
        losses[clip] += model(seen, batch.tokens.to(device), batch.start_s.to(device)).level_loss.double().cpu().numpy()
    return losses / len(starts)
