"""Selects the best of several takes of music for one video.

The first score is the share of cuts and motion peaks with a beat nearby, beyond chance, minus the share of silence. For
equal scores the second decides: the gain in log-likelihood of the semantic tokens from the conditions under the model
itself (pointwise mutual information). Neither needs a further network.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from v2meow_pipeline.metrics.rhythm import beats_s
from v2meow_pipeline.metrics.synchrony import alignment
from v2meow_pipeline.models.stage_model import StageModel

NEARBY_S = 0.1


class Take(NamedTuple):
    """A take and its scores.

    Attributes:
        seed: seed that reproduces this take alone.
        likelihood_gain: mean log-likelihood of the semantic tokens with the video minus that without, nats per token.
        on_events: share of visual events with a beat within 0.1 s, minus the share expected by chance; NaN without
            events.
        silent_share: share of silence in the waveform, in [0, 1]; NaN for a single take.
        kept: whether it is the take in the output.
    """

    seed: int
    likelihood_gain: float
    on_events: float
    silent_share: float
    kept: bool = False

    @property
    def score(self) -> float:
        """Share of events with a beat beyond chance, 0 without events, minus the share of silence."""
        return (0.0 if math.isnan(self.on_events) else self.on_events) - self.silent_share

    def to_dict(self) -> dict[str, float | int | bool | None]:
        """JSON-serialisable values; None for a missing score."""
        return {name: None if value != value else value for name, value in self._asdict().items()}


@torch.inference_mode()
def likelihood_gain(
    model: StageModel, conditions: Mapping[str, Tensor], tokens: Int[Tensor, "batch level t"]
) -> Float[np.ndarray, " batch"]:
    """Gain in log-likelihood of tokens from their conditions.

    Args:
        model: stage that generated the tokens, in evaluation mode.
        conditions: inputs that the tokens were generated with.
        tokens: generated tokens.

    Returns:
        Nats per token.
    """
    device = model.heads.device
    known = {name: values.to(device) for name, values in conditions.items()}
    optional = {stream.name for stream in model.conditioner.streams if stream.optional}
    hidden = {name: values for name, values in known.items() if name not in optional}
    conditioned, unconditioned = (_mean_log_likelihood(model, given, tokens.to(device)) for given in (known, hidden))
    return (conditioned - unconditioned).cpu().double().numpy()


def beats_on_events(wave: Float[np.ndarray, " n"], sample_rate_hz: int, events_s: Float[np.ndarray, " event"]) -> float:
    """Share of events with a beat nearby, beyond chance.

    Args:
        wave: mono waveform.
        sample_rate_hz: sample rate of `wave`.
        events_s: times of the events, seconds; those outside the waveform are ignored.

    Returns:
        In [-1, 1]; NaN without events.
    """
    duration_s = len(wave) / sample_rate_hz
    inside = events_s[(events_s >= 0) & (events_s <= duration_s)]
    if not len(inside):
        return float("nan")
    found_s = beats_s(wave, sample_rate_hz)
    return alignment(inside, found_s[found_s <= duration_s], NEARBY_S, duration_s).lift


def keep_best(takes: Sequence[Take]) -> tuple[Take, ...]:
    """Marks the best take.

    Args:
        takes: one or more takes.

    Returns:
        The takes in the same order; `kept` is set on the one with the highest score, then with the highest gain in
        likelihood (the first of equal ones). A single take has no scores.
    """
    scores = [(take.score, take.likelihood_gain) for take in takes]
    best = scores.index(max(scores))
    return tuple(take._replace(kept=index == best) for index, take in enumerate(takes))


def _mean_log_likelihood(
    model: StageModel, conditions: Mapping[str, Tensor], tokens: Int[Tensor, "batch level t"]
) -> Float[Tensor, " batch"]:
    logits = model(conditions, tokens).logits.double()
    return torch.log_softmax(logits, dim=-1).gather(-1, tokens[..., None])[..., 0].mean(dim=(1, 2))
