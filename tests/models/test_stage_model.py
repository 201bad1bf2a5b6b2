"""A stage model: loss, causality in every order, decoder-only mode."""

import math

import pytest
import torch
from tests.support.model_makers import DECODER_ONLY, conditions_of, tiny_config, tiny_model
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import STAGE_NAMES


def example(model: StageModel, batch: int = 2, t: int = 50) -> tuple[dict[str, Tensor], Tensor]:
    return conditions_of(model, batch, t), torch.randint(model.vocab, (batch, model.levels, t))


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_the_first_loss_is_that_of_a_uniform_guess(name: str) -> None:
    """Catches an initialisation that starts far above ln(vocab) and wastes the first minutes."""
    torch.manual_seed(0)
    model = StageModel(tiny_config(name)).eval()
    output = model(*example(model))
    assert output.logits.shape == (2, model.levels, 50, model.vocab)
    assert output.loss.item() == pytest.approx(math.log(model.vocab), rel=0.05)


@pytest.mark.parametrize("pattern", ["flatten", "delay", "parallel"])
def test_a_token_influences_later_steps_only(pattern: str) -> None:
    """Catches a leak through shift or order: a changed token may change only what is predicted after it."""
    model = tiny_model("coarse", pattern=pattern)
    conditions, tokens = example(model, batch=1)
    changed = tokens.clone()
    changed[0, 1, 20] = (changed[0, 1, 20] + 1) % model.vocab
    with torch.no_grad():
        before, after = (model(conditions, x).logits for x in (tokens, changed))
    moved = ((before - after).abs().amax(dim=-1) > 0)[0]
    steps = model.order(50).step_of
    assert not bool((moved & (steps <= steps[1, 20])).any())
    assert bool(moved[steps == steps[1, 20] + 1].all())


@pytest.mark.parametrize("pattern", ["flatten", "delay", "parallel"])
def test_no_gradient_comes_from_the_future(pattern: str) -> None:
    """Catches a leak of any size: a step's hidden state has no gradient at all from what is shown after it."""
    model = tiny_model("coarse", pattern=pattern)
    conditions, tokens = example(model, batch=1)
    order, encoded = model.order(50), model.encode(conditions, 1, 50)
    shown = model.tokens(order.build_pattern_sequence(tokens, model.special)).detach().requires_grad_()
    step = order.steps // 2
    model.transformer.decode(shown + encoded.decoder_bias, encoded.memory)[0, step].sum().backward()
    assert shown.grad is not None
    reached = shown.grad[0].abs().sum(dim=-1) > 0
    assert bool(reached[: step + 1].all()) and not bool(reached[step + 1 :].any())


def test_unknown_tokens_do_not_count() -> None:
    """Catches a loss over padding."""
    model = tiny_model("coarse")
    conditions, tokens = example(model)
    tokens[:, :, 30:] = -1
    output = model(conditions, tokens)
    expected = torch.nn.functional.cross_entropy(output.logits[:, 0, :30].flatten(0, 1), tokens[:, 0, :30].flatten())
    torch.testing.assert_close(output.level_loss[0], expected)


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_a_decoder_only_model_reads_its_conditions_as_a_prefix(name: str) -> None:
    """Catches strategy (a) of the paper falling out of the one class."""
    model = tiny_model(name, transformer=DECODER_ONLY.model_dump())
    conditions, tokens = example(model)
    output = model(conditions, tokens)
    assert output.logits.shape == (2, model.levels, 50, model.vocab)
    other = {**conditions, **conditions_of(model, 2, 50, seed=1)}
    assert not torch.allclose(output.logits, model(other, tokens).logits)


def test_the_papers_configuration_has_no_clock_extensions() -> None:
    """Catches extensions that cannot be turned off: the paper's model has neither."""
    model = tiny_model("coarse", time_positions=False, time_aligned=False, pattern="flatten")
    names = [name for name, _ in model.named_parameters()]
    assert not any("time" in name or "align" in name for name in names)
    assert model(*example(model)).logits.shape == (2, 2, 50, 40)


def test_condition_dropout_hides_the_set_share_in_training_only() -> None:
    """Catches dropout that also acts in evaluation, or never."""
    model = tiny_model("semantic", visual_dropout=0.25, music_text_dropout=0.5)
    assert model._dropped(4, torch.device("cpu"), False) == {}
    model.train()
    torch.manual_seed(0)
    shares = {k: float(v.float().mean()) for k, v in model._dropped(4000, torch.device("cpu"), False).items()}
    assert shares == {"visual": pytest.approx(0.25, abs=0.03), "music_text": pytest.approx(0.5, abs=0.03)}


def test_an_unused_clock_extension_leaves_no_dead_weight() -> None:
    """Catches parameters that never receive a gradient, which data-parallel training refuses."""
    for name in STAGE_NAMES:
        model = tiny_model(name).train()
        model(*example(model)).loss.backward()
        idle = [n for n, p in model.named_parameters() if p.grad is None]
        assert not idle


def test_a_crop_knows_where_in_its_clip_it_lies() -> None:
    """Catches short training crops after which the model knows the first seconds only."""
    model = tiny_model("coarse")
    conditions, tokens = example(model)
    here, there = (model(conditions, tokens, start_s=torch.full((2,), s)).logits for s in (0.0, 7.0))
    torch.testing.assert_close(here, model(conditions, tokens).logits)
    assert not torch.allclose(here, there)


def test_missing_tokens_of_the_stage_before_are_an_error() -> None:
    """Catches a fine stage that makes up music because its coarse tokens were not passed on."""
    with pytest.raises(ConfigError, match="coarse"):
        tiny_model("fine")({}, torch.zeros(1, 3, 50, dtype=torch.long))


@pytest.mark.parametrize("name", ["coarse", "coarse_audio", "fine"])
def test_a_later_stage_sees_the_music_text_embedding_where_it_is_asked_to(name: str) -> None:
    """Catches a choice that is read and ignored, and one that changes what was trained before there was a choice."""
    plain, told = tiny_model(name), tiny_model(name, music_text=True)
    assert "music_text" not in plain.conditioner.adapters
    assert "music_text" not in plain.config.model_dump()
    conditions, tokens = example(told)
    assert told.spec.music_text and not plain.spec.music_text
    other = {**conditions, "music_text": -conditions["music_text"]}
    assert not torch.allclose(told(conditions, tokens).logits, told(other, tokens).logits)
    with pytest.raises(ConfigError, match="does not read"):
        plain(conditions, tokens)
