"""Several takes of the music for one video, and which of them goes best with it.

Two scores decide, each by its rank among the takes: how much likelier the semantic tokens are with the video than
without any condition, under the model itself (pointwise mutual information), and how far the music's beats fall on the
picture's cuts and peaks of movement beyond chance. Neither needs another network.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from v2meow_pipeline.metrics.rhythm import analyse_rhythm
from v2meow_pipeline.metrics.synchrony import alignment
from v2meow_pipeline.models.stage_model import StageModel

NEARBY_S = 0.1


class Take(NamedTuple):
    """One of several takes.

    Attributes:
        seed: that makes it again, alone.
        likelihood_gain: mean log-likelihood of its semantic tokens with the video, less that without, nats a token.
        on_events: share of the picture's events with a beat within 0.1 s, less what chance gives; NaN where nothing
            happens in the picture.
        kept: whether it is the one in the output.
    """

    seed: int
    likelihood_gain: float
    on_events: float
    kept: bool = False

    def to_dict(self) -> dict[str, float | int | bool | None]:
        """JSON values; None where there is no score."""
        return {**self._asdict(), "on_events": None if math.isnan(self.on_events) else self.on_events}


@torch.inference_mode()
def likelihood_gain(
    model: StageModel, conditions: Mapping[str, Tensor], tokens: Int[Tensor, "batch level t"]
) -> Float[np.ndarray, " batch"]:
    """How much likelier tokens are with their conditions than without any.

    Args:
        model: the stage that made them, in evaluation mode.
        conditions: that it was given.
        tokens: what it made.

    Returns:
        Nats a token.
    """
    device = model.heads.device
    known = {name: values.to(device) for name, values in conditions.items()}
    optional = {stream.name for stream in model.conditioner.streams if stream.optional}
    hidden = {name: values for name, values in known.items() if name not in optional}
    told, untold = (_mean_log_likelihood(model, given, tokens.to(device)) for given in (known, hidden))
    return (told - untold).cpu().double().numpy()


def beats_on_events(wave: Float[np.ndarray, " n"], sample_rate_hz: int, events_s: Float[np.ndarray, " event"]) -> float:
    """How far the music's beats fall on events, beyond chance; NaN without events.

    Args:
        wave: mono.
        sample_rate_hz: samples a second.
        events_s: within the wave's duration, seconds.

    Returns:
        In [-1, 1].
    """
    duration_s = len(wave) / sample_rate_hz
    inside = events_s[(events_s >= 0) & (events_s <= duration_s)]
    if not len(inside):
        return float("nan")
    beats_s = analyse_rhythm(wave, sample_rate_hz).beats_s
    return alignment(inside, beats_s[beats_s <= duration_s], NEARBY_S, duration_s).lift


def keep_best(takes: Sequence[Take]) -> tuple[Take, ...]:
    """The takes, the best of them marked.

    Args:
        takes: at least one.

    Returns:
        In the same order; the one with the lowest sum of ranks is kept, the earlier one of two equal ones.
    """
    ranks = sum(_ranks(np.array([getattr(take, name) for take in takes])) for name in ("likelihood_gain", "on_events"))
    best = int(np.argmin(ranks))
    return tuple(take._replace(kept=index == best) for index, take in enumerate(takes))


def _ranks(scores: Float[np.ndarray, " take"]) -> Float[np.ndarray, " take"]:
    """0 for the highest score; the mean rank among equal ones, and for all where there are no scores."""
    values = np.nan_to_num(scores, nan=0.0)
    higher = (values[None] > values[:, None]).sum(axis=1)
    equal = (values[None] == values[:, None]).sum(axis=1) - 1
    return higher + equal / 2


def _mean_log_likelihood(
    model: StageModel, conditions: Mapping[str, Tensor], tokens: Int[Tensor, "batch level t"]
) -> Float[Tensor, " batch"]:
    logits = model(conditions, tokens).logits.double()
    return torch.log_softmax(logits, dim=-1).gather(-1, tokens[..., None])[..., 0].mean(dim=(1, 2))
