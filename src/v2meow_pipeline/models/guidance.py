"""Classifier-free guidance (Ho and Salimans 2022), an extension: the paper has none, and it is off by default.

A stage that was trained with its conditions hidden now and then predicts with them and without them; logits then go
from the second prediction towards the first and beyond.

Shapes: `row` clips decoded together, `both` twice as many: with conditions, then without.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.models.stage_model import Conditions, Encoded, StageModel

OFF = 1.0


def encode_both(
    model: StageModel, conditions: Conditions, rows: int, t: int, start_s: Tensor | None, guidance: float
) -> Encoded:
    """What is computed once a clip, `rows` times, or twice that where there is guidance.

    Args:
        model: the stage.
        conditions: by stream name, a row a clip.
        rows: clips.
        t: frames to predict.
        start_s: where in its clip each starts, [rows]; None for 0.
        guidance: 1 is off.

    Returns:
        Encoder outputs and decoder biases; those with conditions first, then those without.
    """
    encoded = model.encode(conditions, rows, t, start_s=start_s)
    if guidance != OFF:
        hidden = torch.ones(rows, dtype=torch.bool, device=encoded.memory.device)
        groups = {stream.group: hidden for stream in model.conditioner.streams if stream.optional}
        blind = model.encode(conditions, rows, t, groups, start_s)
        decoder_bias = torch.cat([encoded.decoder_bias.expand(rows, -1, -1), blind.decoder_bias.expand(rows, -1, -1)])
        return Encoded(torch.cat([encoded.memory, blind.memory]), decoder_bias)
    return Encoded(encoded.memory, encoded.decoder_bias.expand(rows, -1, -1))


def guided(logits: Float[Tensor, "both *axes vocab"], rows: int, guidance: float) -> Float[Tensor, "row *axes vocab"]:
    """The logits to draw from.

    Args:
        logits: of the rows with their conditions, then of the same rows without; only the first if guidance is off.
        rows: clips.
        guidance: 1 is off, 0 ignores the conditions.

    Returns:
        One row a clip.
    """
    return logits if guidance == OFF else torch.lerp(logits[rows:], logits[:rows], guidance)
