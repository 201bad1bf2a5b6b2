"""Masked refinement: seeds decide, neighbours do not, known frames stay."""

import pytest
import torch
from tests.support.model_makers import DECODER_ONLY, conditions_of, tiny_model
from torch import Tensor

from v2meow_pipeline.models.decoding import decode, decode_in_blocks
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModel

T = 40
SAMPLING = SamplingConfig(temperature=1.0, refinements=4)


def masked(**changes: object) -> StageModel:
    """A masked fine stage."""
    return tiny_model("fine", pattern="masked", **changes)


def decoded(model: StageModel, conditions: dict[str, Tensor], seeds: list[int], **options: object) -> Tensor:
    return decode(model, conditions, seeds, T, options.pop("sampling", SAMPLING), **options)


@pytest.mark.parametrize("changes", [{}, {"transformer": DECODER_ONLY.model_dump()}])
def test_every_token_is_settled_and_the_seed_decides(changes: dict[str, object]) -> None:
    """Catches places left open, or rounds that all draw alike."""
    model = masked(**changes)
    conditions = conditions_of(model, 1, T)
    first, again, other = (decoded(model, conditions, [seed]) for seed in (1, 1, 2))
    assert first.shape == (1, 3, T) and int(first.max()) < model.vocab
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_neighbours_change_nothing() -> None:
    """Catches surety that is ranked across clips."""
    model = masked()
    conditions = conditions_of(model, 5, T)
    together = decoded(model, conditions, [1, 2, 3, 4, 5])
    alone = decoded(model, {name: values[3:4] for name, values in conditions.items()}, [4])
    assert torch.equal(alone[0], together[3])


def test_known_frames_stay() -> None:
    """Catches a prefix that is drawn again."""
    model = masked()
    prefix = torch.randint(40, (2, 3, 15))
    tokens = decoded(model, conditions_of(model, 2, T), [1, 2], prefix=prefix)
    assert torch.equal(tokens[:, :, :15], prefix) and int(tokens.max()) < model.vocab


def test_one_greedy_round_is_the_argmax_of_the_model() -> None:
    """Catches a round that shows the model something else than training did."""
    model = masked()
    conditions = conditions_of(model, 2, T)
    tokens = decoded(model, conditions, [1, 2], sampling=SamplingConfig(temperature=0, refinements=1), rows=2)
    shown = torch.full((2, 3, T), model.special)
    with torch.no_grad():
        encoded = model.encode(conditions, 2, T)
        for level in range(3):
            hidden = model.transformer.decode(model.tokens(shown) + encoded.decoder_bias, encoded.memory)
            shown[:, level] = (hidden @ model.heads[level].T + model.bias[level]).argmax(dim=-1)
    assert torch.equal(tokens, shown)


def test_blocks_are_refined_like_any_other() -> None:
    """Catches the fine stage's parallel blocks falling out of the masked order."""
    coarse = torch.randint(40, (2, 2, 100))
    assert decode_in_blocks(masked(), {"coarse": coarse}, [1, 2], block=T, sampling=SAMPLING).shape == (2, 3, 100)
