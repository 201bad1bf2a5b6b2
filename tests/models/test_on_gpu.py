"""Stage models on a GPU: the same promises as on the CPU."""

from collections.abc import Mapping

import pytest
import torch
from tests.support.model_makers import conditions_of, tiny_config
from torch import Tensor

from v2meow_pipeline.models.decoding import decode
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.transformer import TransformerConfig
from v2meow_pipeline.networks.device import freeze

pytestmark = pytest.mark.gpu

T = 50
SEEDS = [100 + i for i in range(11)]
SIZES = TransformerConfig(width=128, heads=4, head_width=32, feed_forward=256, encoder_layers=2, decoder_layers=2)


def model_of(stage: str, **changes: object) -> StageModel:
    torch.manual_seed(0)
    model = StageModel(tiny_config(stage, transformer=SIZES.model_dump(), **changes))
    with torch.no_grad():
        model.heads.mul_(30)
    return model


def on_gpu(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.cuda() for name, value in values.items()}


@pytest.mark.parametrize("stage", ["semantic", "coarse", "fine"])
def test_same_seed_same_tokens_whatever_is_decoded_beside(stage: str) -> None:
    """Catches kernels that round by the number of rows, and tokens that are left on the GPU."""
    model = freeze(model_of(stage))
    conditions = conditions_of(model_of(stage), 11, T)
    everything = decode(model, conditions, SEEDS, T)
    assert everything.device.type == "cpu"
    for rows in ([4], [4, 9, 1], [0, 1, 2, 3, 4, 5, 6, 7], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]):
        picked = {name: values[rows] for name, values in conditions.items()}
        assert torch.equal(decode(model, picked, [SEEDS[i] for i in rows], T), everything[rows])
    assert torch.equal(decode(model, on_gpu(conditions), SEEDS, T), everything)


def test_masked_refinement_too() -> None:
    """Catches a mask or a draw that is made on another device."""
    model = freeze(model_of("coarse", pattern="masked"))
    conditions = conditions_of(model_of("coarse", pattern="masked"), 3, T)
    tokens = decode(model, conditions, SEEDS[:3], T)
    assert torch.equal(decode(model, {n: v[1:2] for n, v in conditions.items()}, SEEDS[1:2], T), tokens[1:2])
    assert int(tokens.max()) < model.vocab


@pytest.mark.parametrize("pattern", ["flatten", "delay", "parallel"])
def test_greedy_tokens_are_the_argmax_of_the_full_model(pattern: str) -> None:
    """Catches cached decoding that differs from training there."""
    model = freeze(model_of("coarse", pattern=pattern))
    conditions = conditions_of(model_of("coarse", pattern=pattern), 2, T)
    tokens = decode(model, conditions, [1, 2], T, SamplingConfig(temperature=0), rows=2)
    with torch.no_grad():
        logits = model(on_gpu(conditions), tokens.cuda()).logits
    agree = (logits.argmax(dim=-1).cpu() == tokens).float().mean()
    assert agree > 0.999 and len(tokens.unique()) > 3


def test_one_clip_of_many_steps() -> None:
    """Catches a position bias that is read from addresses which fused kernels cannot read: it killed the GPU's work."""
    model = freeze(model_of("coarse", pattern="flatten"))
    conditions = conditions_of(model_of("coarse", pattern="flatten"), 1, 200)
    assert decode(model, conditions, [1], 200, rows=1).shape == (1, model.levels, 200)


def test_losses_and_gradients_are_the_cpus() -> None:
    """Catches attention kernels that treat the position bias differently: value and gradient, in fp32."""
    here, there = model_of("coarse").eval(), model_of("coarse").eval().cuda()
    conditions = conditions_of(here, 2, T)
    tokens = torch.randint(0, here.vocab, (2, here.levels, T), generator=torch.Generator().manual_seed(1))
    losses = [here(conditions, tokens).loss, there(on_gpu(conditions), tokens.cuda()).loss]
    for loss in losses:
        loss.backward()
    assert float(losses[1]) == pytest.approx(float(losses[0]), rel=1e-5)
    for (name, mine), other in zip(here.named_parameters(), there.parameters(), strict=True):
        if mine.grad is not None and float(mine.grad.norm()) > 1e-6:
            distance = (mine.grad - other.grad.cpu()).norm() / mine.grad.norm()
            assert float(distance) < 1e-3, name


@pytest.mark.parametrize("pattern", ["flatten", "delay"])
def test_the_future_is_not_seen_in_bf16(pattern: str) -> None:
    """Catches a fused kernel that ignores -inf in the bias: gradients of later tokens must be exactly zero."""
    model = model_of("coarse", pattern=pattern).eval().cuda()
    inputs = torch.randn(1, 96, model.config.transformer.width, device="cuda", requires_grad=True)
    memory = torch.randn(1, 24, model.config.transformer.width, device="cuda")
    with torch.autocast("cuda", torch.bfloat16):
        hidden = model.transformer.decode(inputs, memory)
    hidden[0, 40].float().sum().backward()
    assert inputs.grad is not None
    assert float(inputs.grad[0, 41:].abs().max()) == 0 and float(inputs.grad[0, :41].abs().min(dim=0).values.max()) > 0
