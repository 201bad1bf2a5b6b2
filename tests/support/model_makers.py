"""Small stage models and conditions that tests of models and training share."""

import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.transformer import TransformerConfig

CLOCK = Clock(semantic_vocab=50, acoustic_vocab=40, acoustic_levels=5, coarse_levels=2)
FEATURES = {"image": 12, "flow": 7}
DECODER_ONLY = TransformerConfig(
    width=32, heads=2, head_width=16, feed_forward=48, encoder_layers=0, decoder_layers=2, dropout=0.0
)


def tiny_config(stage: str, **changes: object) -> StageModelConfig:
    """A stage model of a few thousand weights."""
    sizes = TransformerConfig(
        width=32, heads=2, head_width=16, feed_forward=48, encoder_layers=1, decoder_layers=2, dropout=0.1
    )
    values = {"stage": stage, "features": FEATURES, "clock": CLOCK, "transformer": sizes}
    return StageModelConfig.parse({**values, **changes})


def tiny_model(stage: str, seed: int = 0, **changes: object) -> StageModel:
    """The model of `tiny_config`, in evaluation mode, with heads strong enough that tokens are not all alike."""
    torch.manual_seed(seed)
    model = StageModel(tiny_config(stage, **changes)).eval()
    with torch.no_grad():
        model.heads.mul_(20)
    return model


def conditions_of(model: StageModel, batch: int, t: int, seed: int = 0) -> dict[str, Tensor]:
    """Random conditions of the right shapes."""
    generator = torch.Generator().manual_seed(seed)
    conditions = {}
    for stream in model.conditioner.streams:
        t_in = stream.frames(t / model.rate_hz)
        if stream.levels:
            shape = (batch, stream.levels, t_in)
            conditions[stream.name] = torch.randint(stream.vocab, shape, generator=generator)
        elif stream.grid is not None:
            shape = stream.shape(batch, t / model.rate_hz)
            conditions[stream.name] = torch.randint(stream.grid.codes, shape, generator=generator)
        elif stream.rate_hz is None:
            conditions[stream.name] = torch.randn(batch, stream.width, generator=generator)
        else:
            conditions[stream.name] = torch.randn(batch, t_in, stream.width, generator=generator)
    return conditions
