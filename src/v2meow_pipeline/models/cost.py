"""FLOPs and memory of a stage, counted by running the model on meta tensors (shapes without data).

Shapes: as in models/stage_model.py.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from v2meow_pipeline.models.decoding import block_starts
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.stages import token_frames

FLOAT_BYTES = 4
ADAM_COPIES = 4  # weights, gradients, and AdamW's two moments


class TrainingCost(NamedTuple):
    """Cost of one optimiser step in single precision.

    Attributes:
        flops: floating-point operations of forward and backward pass (a multiply-add counts as two).
        state_bytes: bytes of weights, gradients and AdamW moments.
        activation_bytes: bytes that the forward pass saves for the backward pass, including attention weights, which
            fused attention does not save.
    """

    flops: int
    state_bytes: int
    activation_bytes: int


class DecodingCost(NamedTuple):
    """Cost of decoding one clip at batch size 1.

    Attributes:
        passes: number of sequential decoder passes.
        blocks: number of blocks decoded in parallel, for a stage that decodes crops shorter than the clip.
        flops: total floating-point operations.
        bytes_read: bytes of decoder and head weights read over all passes in single precision; memory bandwidth is the
            bottleneck at batch size 1.
    """

    passes: int
    blocks: int
    flops: int
    bytes_read: int


class StageCost(NamedTuple):
    """Size and cost of a stage.

    Attributes:
        parameters: number of trainable parameters.
        t_memory: length of the input sequence of one training example.
        steps: decoder steps of one training example.
        training: cost of one optimiser step.
        decoding: cost of decoding one clip.
    """

    parameters: int
    t_memory: int
    steps: int
    training: TrainingCost
    decoding: DecodingCost


def stage_cost(config: StageModelConfig, batch: int, sampling: SamplingConfig | None = None) -> StageCost:
    """Counts parameters, FLOPs and bytes of a stage.

    Args:
        config: configuration of the stage; no weights are allocated.
        batch: examples per optimiser step.
        sampling: sampling settings; refinement rounds (masked stages) and guidance affect the decoding cost.

    Returns:
        Size, training cost and decoding cost.
    """
    with torch.device("meta"):
        model = StageModel(config)
    crop_s = min(model.crop_s, config.clock.clip_s)
    t = token_frames(model.spec.output, config.clock, crop_s)
    conditions = _conditions(model, 1, t)
    memory = model.eval().encode(conditions, 1, t).memory
    parameters = sum(p.numel() for p in model.parameters())
    decoding = _decoding(model, t, sampling or SamplingConfig())
    return StageCost(parameters, memory.shape[1], model.order(t).steps, _training(model, batch, t), decoding)


def _training(model: StageModel, batch: int, t: int) -> TrainingCost:
    own = {p.untyped_storage()._cdata for p in model.parameters()}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage()._cdata not in own:
            kept[tensor.untyped_storage()._cdata] = tensor
        return tensor

    tokens = torch.zeros(batch, model.levels, t, dtype=torch.long, device="meta")
    model.train()
    with FlopCounterMode(display=False) as counter, saved_tensors_hooks(keep, lambda tensor: tensor):
        model(_conditions(model, batch, t), tokens).loss.backward()
    activations = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    state = ADAM_COPIES * FLOAT_BYTES * sum(p.numel() for p in model.parameters())
    return TrainingCost(counter.get_total_flops(), state, activations)


def _decoding(model: StageModel, t: int, sampling: SamplingConfig) -> DecodingCost:
    """Decoding cost; a cached decoder takes as many FLOPs over all steps as one pass over the whole sequence."""
    clip = token_frames(model.spec.output, model.config.clock, model.config.clock.clip_s)
    blocks = len(block_starts(clip, t))
    passes = model.levels * sampling.refinements if model.masked else model.order(t).steps
    tokens = torch.zeros(1, model.levels, t, dtype=torch.long, device="meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.train()(_conditions(model, 1, t), tokens)
    guidance_factor = 1 if sampling.guidance == 1 else 2
    flops = counter.get_total_flops() * blocks * guidance_factor * (passes if model.masked else 1)
    weights = sum(p.numel() for p in (*model.transformer.decoder.parameters(), model.heads, model.bias))
    return DecodingCost(passes, blocks, flops, passes * weights * FLOAT_BYTES)


def _conditions(model: StageModel, batch: int, t: int) -> dict[str, Tensor]:
    shapes = {s.name: (s, s.shape(batch, t / model.rate_hz)) for s in model.conditioner.streams}
    return {
        name: torch.zeros(shape, dtype=torch.long if stream.discrete else torch.float32, device="meta")
        for name, (stream, shape) in shapes.items()
    }
