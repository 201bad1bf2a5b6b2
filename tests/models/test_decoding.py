"""Decoding: seeds decide, neighbours do not; prefixes are kept; blocks join."""

import pytest
import torch
from tests.support.model_makers import DECODER_ONLY, conditions_of, tiny_config, tiny_model
from torch import Tensor

from v2meow_pipeline.models.decoding import block_starts, decode, decode_in_blocks
from v2meow_pipeline.models.sampling import SamplingConfig, sample, uniforms
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.transformer import TransformerConfig

T = 50
SEEDS = [100 + i for i in range(11)]


def pick(conditions: dict[str, Tensor], rows: list[int]) -> dict[str, Tensor]:
    return {name: values[rows] for name, values in conditions.items()}


@pytest.mark.parametrize("stage", ["semantic", "coarse"])
def test_same_seed_same_tokens_whatever_is_decoded_beside(stage: str) -> None:
    """Catches generation that changes with the batch size (audiocraft's tracker has it)."""
    sizes = TransformerConfig(width=128, heads=4, head_width=32, feed_forward=256, encoder_layers=1, decoder_layers=2)
    torch.manual_seed(0)
    model = StageModel(tiny_config(stage, transformer=sizes.model_dump()))
    with torch.no_grad():
        model.heads.mul_(30)
    conditions = conditions_of(model, 11, T)
    everything = decode(model, conditions, SEEDS, T)
    for rows in ([4], [4, 9, 1], [0, 1, 2, 3, 4, 5, 6, 7], [10, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]):
        some = decode(model, pick(conditions, rows), [SEEDS[i] for i in rows], T)
        assert torch.equal(some, everything[rows])
    assert not torch.equal(everything[4], everything[5])


@pytest.mark.parametrize("guidance", [1.0, 3.0])
@pytest.mark.parametrize("stage", ["semantic", "coarse"])
def test_tokens_do_not_depend_on_the_size_of_groups(stage: str, guidance: float) -> None:
    """Catches `rows` that changes the music, and clips that are encoded together."""
    model = tiny_model(stage)
    conditions, sampling = conditions_of(model, 11, T), SamplingConfig(guidance=guidance)
    expected = decode(model, conditions, SEEDS, T, sampling, rows=1)
    for rows in (2, 3, 8, 16):
        assert torch.equal(decode(model, conditions, SEEDS, T, sampling, rows=rows), expected)


@pytest.mark.parametrize("pattern", ["flatten", "delay", "parallel"])
def test_sampled_tokens_equal_those_of_the_plain_loop(pattern: str) -> None:
    """Catches an incremental decoder that differs from the whole model by more than rounding."""
    model = tiny_model("coarse", pattern=pattern)
    conditions, sampling = conditions_of(model, 2, 20), SamplingConfig(temperature=0.9, top_k=20)
    tokens = decode(model, conditions, [3, 4], 20, sampling)
    order = model.order(20)
    numbers = torch.stack([uniforms(seed, 20, model.levels) for seed in (3, 4)])
    plain = torch.full((2, model.levels, 20), model.special)
    with torch.no_grad():
        encoded = model.encode(conditions, 2, 20)
        for step in range(order.steps):
            sequence = order.build_pattern_sequence(plain, model.special)
            shown = torch.nn.functional.pad(sequence, (1, 0), value=model.special)[:, :, : order.steps]
            hidden = model.decode(shown, encoded)
            sampled = sample(model.logits(hidden[:, order.step_of]), numbers, sampling)
            plain = torch.where(order.step_of == step, sampled, plain)
    assert torch.equal(tokens, plain)


def test_the_seed_decides() -> None:
    """Catches a seed that is ignored or shared by all rows."""
    model = tiny_model("semantic")
    conditions = {name: values.expand(2, *values.shape[1:]) for name, values in conditions_of(model, 1, T).items()}
    tokens = decode(model, conditions, [1, 2], T)
    assert not torch.equal(tokens[0], tokens[1])
    assert torch.equal(tokens[:1], decode(model, conditions, [1, 3], T)[:1])


@pytest.mark.parametrize("pattern", ["flatten", "delay", "parallel"])
@pytest.mark.parametrize("decoder_only", [False, True])
def test_greedy_tokens_are_the_argmax_of_the_full_model(pattern: str, decoder_only: bool) -> None:
    """Catches a decoder loop that shows the model something else than training did."""
    changes = {"transformer": DECODER_ONLY.model_dump()} if decoder_only else {}
    model = tiny_model("coarse", pattern=pattern, **changes)
    conditions = conditions_of(model, 2, T)
    tokens = decode(model, conditions, [1, 2], T, SamplingConfig(temperature=0), rows=2)
    with torch.no_grad():
        assert torch.equal(model(conditions, tokens).logits.argmax(dim=-1), tokens)
    assert len(tokens.unique()) > 3


@pytest.mark.parametrize("pattern", ["flatten", "delay"])
@pytest.mark.parametrize("t_prefix", [1, 20, T])
def test_a_prefix_is_kept_and_continued(pattern: str, t_prefix: int) -> None:
    """Catches a long video whose windows do not continue one another: forced tokens must lead to the same rest."""
    model = tiny_model("coarse", pattern=pattern)
    conditions = conditions_of(model, 2, T)
    free = decode(model, conditions, [1, 2], T)
    continued = decode(model, conditions, [1, 2], T, prefix=free[:, :, :t_prefix])
    assert torch.equal(continued, free)
    other = (free[:, :, :t_prefix] + 1) % model.vocab
    forced = decode(model, conditions, [1, 2], T, prefix=other)
    assert torch.equal(forced[:, :, :t_prefix], other)


def test_conditions_may_be_absent() -> None:
    """Catches a crash, or an unset stand-in, for video only, text only and neither."""
    model = tiny_model("semantic")
    conditions = conditions_of(model, 1, T)
    results = [
        decode(model, {name: conditions[name] for name in names}, [5], T)
        for names in ([], ["music_text"], ["image", "flow"], list(conditions))
    ]
    assert all(r.shape == (1, 1, T) and int(r.min()) >= 0 and int(r.max()) < 50 for r in results)


@pytest.mark.parametrize(
    ("t", "expected"), [(500, [0, 150, 300, 350]), (450, [0, 150, 300]), (100, [0]), (151, [0, 1])]
)
def test_blocks_cover_the_clip(t: int, expected: list[int]) -> None:
    """Catches a last block that is short (the model never saw one) or reaches past the end."""
    assert block_starts(t, 150) == expected


@pytest.mark.parametrize("t", [130, 40])
def test_blocks_are_decoded_apart_and_joined_in_place(t: int) -> None:
    """Catches blocks joined in the wrong order, clip or place."""
    model = tiny_model("fine")
    coarse = torch.randint(40, (3, 2, t), generator=torch.Generator().manual_seed(0))
    whole = decode_in_blocks(model, {"coarse": coarse}, [1, 2, 3], block=50)
    assert whole.shape == (3, model.levels, t)
    alone = decode_in_blocks(model, {"coarse": coarse[1:2]}, [2], block=50)
    assert torch.equal(alone[0], whole[1])
    changed = coarse.clone()
    changed[1, :, -1] = (changed[1, :, -1] + 1) % 40
    moved = (decode_in_blocks(model, {"coarse": changed}, [1, 2, 3], block=50) != whole).any(dim=1)
    assert not bool(moved[[0, 2]].any())
    assert not bool(moved[1, : max(0, t - 50)].any()) and bool(moved[1].any())


def test_nothing_to_decode_gives_nothing() -> None:
    """Catches a crash on an empty batch."""
    assert decode(tiny_model("fine"), {}, [], 10).shape == (0, 3, 10)


def test_training_goes_on_after_decoding() -> None:
    """Catches cached tensors that are born in inference mode and then break the next training step."""
    model = tiny_model("coarse")
    conditions = conditions_of(model, 1, 36)
    tokens = decode(model, conditions, [1], 36)
    model.train()(conditions, tokens).loss.backward()
    assert model.heads.grad is not None and bool(model.heads.grad.abs().sum() > 0)
