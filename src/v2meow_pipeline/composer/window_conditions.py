"""Conditions of one stage for one window, selected from features, earlier tokens and prompts."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.encoders.event_curves import with_dynamics
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import EVENTS, MUSIC_TEXT, token_frames
from v2meow_pipeline.models.streams import VisualTokens


def window_conditions(
    model: StageModel,
    features: Mapping[str, np.ndarray],
    tokens: Mapping[str, Tensor],
    span: ClipWindow,
    music_text: np.ndarray | None,
    clock: Clock,
    dynamics: float,
) -> dict[str, Tensor]:
    """Selects the conditions of one stage for one window.

    Args:
        model: the stage.
        features: features of the window, each as [batch, t, width].
        tokens: token streams of earlier stages by name, int64 [batch, level, t of all windows].
        span: the window.
        music_text: music-text embeddings, float32 [batch, 128]; None for none.
        clock: rates, and the duration of a window.
        dynamics: how far loudness follows the energy of the event curve, from 0 to 1.

    Returns:
        Values by stream name, one row per clip.
    """
    spec = model.spec
    conditions = {
        name: torch.from_numpy(np.asarray(features[name], np.int64 if isinstance(kind, VisualTokens) else np.float32))
        for name, kind in model.config.features.items()
        if spec.visual and name in features
    }
    if model.config.events and EVENTS in features:
        conditions[EVENTS] = torch.from_numpy(with_dynamics(features[EVENTS], dynamics))
    if spec.music_text and music_text is not None:
        conditions[MUSIC_TEXT] = torch.from_numpy(np.float32(music_text))
    for stream in spec.tokens_in:
        first, t = (token_frames(stream, clock, s) for s in (span.start_s, clock.clip_s))
        conditions[stream] = tokens[stream][:, :, first : first + t]
    return conditions
