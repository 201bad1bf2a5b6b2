"""Classifier-free guidance."""

import pytest
import torch
from tests.support.model_makers import conditions_of, tiny_model

from v2meow_pipeline.models.decoding import decode
from v2meow_pipeline.models.guidance import guided
from v2meow_pipeline.models.sampling import SamplingConfig

T = 40


def test_logits_go_from_blind_to_seeing_and_beyond() -> None:
    """Catches the two predictions swapped."""
    seeing, blind = torch.tensor([[[3.0, 1.0]]]), torch.tensor([[[1.0, 1.0]]])
    both = torch.cat([seeing, blind])
    torch.testing.assert_close(guided(both, 1, 2.0), torch.tensor([[[5.0, 1.0]]]))
    torch.testing.assert_close(guided(both, 1, 0.0), blind)
    assert guided(seeing, 1, 1.0) is seeing


@pytest.mark.parametrize("pattern", ["delay", "masked"])
def test_guidance_of_nought_is_a_model_without_conditions(pattern: str) -> None:
    """Catches guidance that is read and ignored, or that hides what it should not (tokens of the stage before)."""
    model = tiny_model("coarse", pattern=pattern)
    conditions = conditions_of(model, 2, T)
    tokens_only = {"semantic": conditions["semantic"]}
    greedy = {g: SamplingConfig(temperature=0, guidance=g, refinements=2) for g in (0.0, 1.0, 3.0)}
    blind = decode(model, tokens_only, [1, 2], T, greedy[1.0], rows=2)
    assert torch.equal(decode(model, conditions, [1, 2], T, greedy[0.0], rows=2), blind)
    plain, strong = (decode(model, conditions, [1, 2], T, greedy[g], rows=2) for g in (1.0, 3.0))
    assert not torch.equal(plain, blind) and not torch.equal(strong, plain)


def test_guided_clips_do_not_depend_on_their_neighbours() -> None:
    """Catches seeing and blind rows that are paired with other clips."""
    model = tiny_model("semantic")
    conditions = conditions_of(model, 5, T)
    sampling = SamplingConfig(guidance=2.0)
    together = decode(model, conditions, [1, 2, 3, 4, 5], T, sampling)
    alone = decode(model, {name: values[2:3] for name, values in conditions.items()}, [3], T, sampling)
    assert torch.equal(alone[0], together[2])
