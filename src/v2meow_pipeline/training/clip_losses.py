"""How well a stage predicts single clips: what two models are compared by, clip by clip."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import MUSIC_TEXT
from v2meow_pipeline.networks.device import frozen
from v2meow_pipeline.training.data import Reader, StageClips


@torch.inference_mode()
def clip_losses(model: StageModel, readers: Mapping[str, Reader], clip_ids: Sequence[str]) -> np.ndarray:
    """The loss of each clip: the mean over crops that cover it, each as long as the stage's training examples.

    The music-text vector is hidden: it is made of the very sound that is predicted, and most people give no prompt.

    Args:
        model: a trained stage; it is left frozen.
        readers: as `training.data.StageClips` takes them.
        clip_ids: which clips.

    Returns:
        Nats a token, float64 [clip].
    """
    device = frozen(model).heads.device
    clips = StageClips(model, readers, clip_ids)
    # Crop after crop; the last one ends with the clip.
    step = max(1, int(clips.crop_s * clips.grid_hz))
    starts = sorted({*range(0, clips.starts, step), clips.starts - 1})
    jobs = [(clip, start) for clip in range(len(clip_ids)) for start in starts]
    losses = np.zeros(len(clip_ids))
    for clip, start in jobs:
        batch = clips.batch(np.array([clip]), np.array([start]))
        seen = {name: values.to(device) for name, values in batch.conditions.items() if name != MUSIC_TEXT}
        losses[clip] += model(seen, batch.tokens.to(device), batch.start_s.to(device)).loss.item()
    return losses / len(starts)
