"""What a stage practises: in the masked order, one level of some frames at a time."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.support.model_makers import conditions_of, tiny_model

from v2meow_pipeline.models.patterns import TokenOrder
from v2meow_pipeline.models.training_targets import hidden_places, training_examples


def test_levels_below_are_shown_levels_above_hidden() -> None:
    """Catches a target that is shown, or a level that knows those that refine it."""
    tokens = torch.randint(40, (6, 4, 30))
    (exercise,) = training_examples(tokens, TokenOrder("masked", 4, 30), 40, masked=True, training=True)
    for clip in range(6):
        asked = exercise.targets[clip] >= 0
        (level,) = torch.nonzero(asked.any(dim=1))[:, 0].tolist()
        assert torch.equal(exercise.shown[clip, :level], tokens[clip, :level])
        assert bool((exercise.shown[clip, level + 1 :] == 40).all())
        assert torch.equal(exercise.shown[clip, level] == 40, asked[level])
        assert torch.equal(exercise.targets[clip][asked], tokens[clip][asked])


@given(t=st.integers(1, 60), seed=st.integers(0, 99))
def test_something_is_always_hidden(t: int, seed: int) -> None:
    """Catches an exercise without a question, whose loss is a division by zero."""
    places = hidden_places(torch.rand(5, t + 1, generator=torch.Generator().manual_seed(seed)))
    assert places.shape == (5, t) and bool(places.any(dim=1).all())


def test_validation_asks_every_level_the_same_questions_each_time() -> None:
    """Catches validation losses of a masked stage that differ by luck, or leave levels out."""
    model = tiny_model("fine", pattern="masked")
    conditions, tokens = conditions_of(model, 2, 30), torch.randint(40, (2, 3, 30))
    first, second = (model(conditions, tokens) for _ in range(2))
    assert torch.equal(first.level_loss, second.level_loss)
    assert bool((first.level_loss > 0).all()) and first.logits.shape == (2, 3, 30, 40)


def test_a_masked_stage_looks_both_ways_but_not_at_its_targets() -> None:
    """Catches a decoder that stayed causal, and one that reads the answer."""
    model = tiny_model("coarse", pattern="masked")
    t = 20
    conditions = conditions_of(model, 1, t)
    shown = torch.randint(40, (1, 2, t))
    shown[0, 1] = model.special
    embedded = model.tokens(shown).detach().requires_grad_()
    encoded = model.encode(conditions, 1, t)
    model.transformer.decode(embedded + encoded.decoder_bias, encoded.memory)[0, 10].sum().backward()
    assert embedded.grad is not None and bool((embedded.grad[0].abs().sum(dim=-1) > 0).all())
