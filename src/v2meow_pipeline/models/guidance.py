"""Classifier-free guidance (Ho and Salimans 2022): an extension to the paper, off by default.

A stage trained with condition dropout predicts conditional and unconditional logits, which are then extrapolated from
the unconditional towards the conditional ones.

Shapes: `row` clips decoded together, `both` twice as many rows: conditional, then unconditional.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.models.stage_model import Conditions, Encoded, StageModel

OFF = 1.0


def encode_both(
    model: StageModel, conditions: Conditions, rows: int, t: int, start_s: Tensor | None, guidance: float
) -> Encoded:
    """Encodes the conditions and, if guidance is on, the null conditions too.

    Args:
        model: the stage.
        conditions: values by stream name, one row per clip.
        rows: number of clips.
        t: number of frames to predict.
        start_s: start of each example within its clip, in seconds, [rows]; None for 0.
        guidance: guidance scale; 1 is off.

    Returns:
        Encoder outputs and decoder biases: `rows` conditional rows, then, with guidance, `rows` unconditional rows.
    """
    encoded = model.encode(conditions, rows, t, start_s=start_s)
    if guidance != OFF:
        all_rows = torch.ones(rows, dtype=torch.bool, device=encoded.memory.device)
        groups = {stream.group: all_rows for stream in model.conditioner.streams if stream.optional}
        unconditional = model.encode(conditions, rows, t, groups, start_s)
        biases = [part.decoder_bias.expand(rows, -1, -1) for part in (encoded, unconditional)]
        return Encoded(torch.cat([encoded.memory, unconditional.memory]), torch.cat(biases))
    return Encoded(encoded.memory, encoded.decoder_bias.expand(rows, -1, -1))


def guided(logits: Float[Tensor, "both *axes vocab"], rows: int, guidance: float) -> Float[Tensor, "row *axes vocab"]:
    """Logits after guidance.

    Args:
        logits: conditional rows, followed by the unconditional rows of the same clips unless guidance is off.
        rows: number of clips.
        guidance: guidance scale: 1 is off, 0 ignores the conditions.

    Returns:
        Logits with one row per clip.
    """
    return logits if guidance == OFF else torch.lerp(logits[rows:], logits[:rows], guidance)
