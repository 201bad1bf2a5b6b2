"""Counted work agrees with arithmetic and with a real step."""

import pytest
import torch
from tests.support.model_makers import conditions_of, tiny_config, tiny_model
from torch.utils.flop_counter import FlopCounterMode

from v2meow_pipeline.models.cost import stage_cost
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.transformer import TransformerConfig

PAPER = TransformerConfig(
    width=1024, heads=16, head_width=64, feed_forward=4096, encoder_layers=12, decoder_layers=12, dropout=0.1
)


@pytest.mark.parametrize("name", ["semantic", "coarse", "fine"])
def test_counts_are_those_of_a_real_step(name: str) -> None:
    """Catches tensors without data that take another path than real ones."""
    config = tiny_config(name, crop_s=2.0)
    cost = stage_cost(config, batch=2)
    model = StageModel(config).train()
    t = round(2 * model.rate_hz)
    tokens = torch.randint(model.vocab, (2, model.levels, t))
    with FlopCounterMode(display=False) as counter:
        model(conditions_of(model, 2, t), tokens).loss.backward()
    assert cost.parameters == sum(p.numel() for p in model.parameters())
    # A real CPU runs attention as one fused operation, whose backward pass computes the weights once more.
    assert cost.training.flops == pytest.approx(counter.get_total_flops(), rel=0.15)
    assert cost.t_memory == model.encode(conditions_of(model, 2, t), 2, t).memory.shape[1]


def test_the_papers_sizes_are_the_papers() -> None:
    """Catches a configuration that is not the paper's: 250 and 2,000 steps, about 430 million weights."""
    features = {"clip": 768, "i3d_flow": 1024}
    common = {"features": features, "transformer": PAPER, "time_positions": False, "time_aligned": False}
    semantic, coarse, fine = (
        stage_cost(StageModelConfig(stage=name, pattern="flatten", **common), batch=1)
        for name in ("semantic", "coarse", "fine")
    )
    assert (semantic.t_memory, semantic.steps) == (21, 250)
    assert (coarse.t_memory, coarse.steps) == (20 + 250, 2000)
    assert (fine.t_memory, fine.steps, fine.decoding.blocks) == (150, 1200, 4)
    # Encoder layers: 4 d^2 + 2 d f; decoder layers: 8 d^2 + 2 d f.
    blocks = 12 * (4 * 1024**2 + 2 * 1024 * 4096) + 12 * (8 * 1024**2 + 2 * 1024 * 4096)
    assert all(blocks < cost.parameters < 1.06 * blocks for cost in (semantic, coarse, fine))
    assert semantic.training.state_bytes == 16 * semantic.parameters
    # Six operations a weight and token, and attention on top.
    decoder = 12 * (8 * 1024**2 + 2 * 1024 * 4096)
    assert 6 * decoder * 2000 < coarse.training.flops < 2 * 6 * decoder * 2000


def test_fewer_passes_in_other_orders() -> None:
    """Catches counts that ignore the order: refinement takes 64 passes where flattening takes 1,200."""
    cost = {
        pattern: stage_cost(tiny_config("fine", pattern=pattern), 1, SamplingConfig(refinements=8)).decoding
        for pattern in ("flatten", "delay", "masked")
    }
    levels = tiny_model("fine").levels
    assert cost["flatten"].passes == levels * 150 and cost["delay"].passes == 150 + levels - 1
    assert cost["masked"].passes == levels * 8
    guided = stage_cost(tiny_config("semantic"), 1, SamplingConfig(guidance=3.0)).decoding
    assert guided.flops == 2 * stage_cost(tiny_config("semantic"), 1).decoding.flops
