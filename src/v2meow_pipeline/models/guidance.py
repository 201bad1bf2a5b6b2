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
    model: StageModel, conditions: Conditions, clips: int, t: int, start_s: Tensor | None, guidance: float
) -> Encoded:
    """Encodes the conditions and, if guidance is on, the null conditions too.

    Clips are encoded one by one, from copies: the rounding of matrix products depends on the number of rows and may
    depend on their addresses.

    Args:
        model: the stage.
        conditions: values by stream name, one row per clip.
        clips: number of clips.
        t: number of frames to predict.
        start_s: start of each example within its clip, in seconds, [clips]; None for 0.
        guidance: guidance scale; 1 is off.

    Returns:
        Encoder outputs and decoder biases: one conditional row per clip, then, with guidance, one unconditional row per
        clip.
    """
    everything = torch.ones(1, dtype=torch.bool, device=model.heads.device)
    dropped = {stream.group: everything for stream in model.conditioner.streams if stream.optional}
    parts = [
        model.encode(
            {name: values[clip : clip + 1].clone() for name, values in conditions.items()},
            1,
            t,
            groups,
            None if start_s is None else start_s[clip : clip + 1],
        )
        for groups in ({}, dropped)[: 1 if guidance == OFF else 2]
        for clip in range(clips)
    ]
    return Encoded(torch.cat([part.memory for part in parts]), torch.cat([part.decoder_bias for part in parts]))


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
