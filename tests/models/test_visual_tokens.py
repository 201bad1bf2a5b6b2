"""Visual tokens: reduced frame by frame, at a cost that grows with their number only."""

import pytest
import torch
from tests.support.model_makers import conditions_of, tiny_model

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.streams import VisualTokens
from v2meow_pipeline.models.visual_tokens import VisualTokenAdapter


def grid(**changes: object) -> VisualTokens:
    """64 tokens a frame."""
    return VisualTokens.parse({"tokens": 64, "codes": 100, "code_width": 8, **changes})


@pytest.mark.parametrize("reduction", ["pool", "resample"])
@pytest.mark.parametrize("vectors", [1, 4])
def test_frames_do_not_mix(reduction: str, vectors: int) -> None:
    """Catches attention or pooling across frames, which would also cost a thousand times as much."""
    adapter = VisualTokenAdapter(grid(vectors=vectors, reduction=reduction), 16)
    tokens = torch.randint(100, (2, 3, 64))
    before = adapter(tokens)
    assert before.shape == (2, 3 * vectors, 16)
    tokens[0, 1, 5] = (tokens[0, 1, 5] + 1) % 100
    moved = ((adapter(tokens) - before).abs().amax(dim=-1) > 0).view(2, 3, vectors)
    assert bool(moved[0, 1].any()) and int(moved.any(dim=-1).sum()) == 1


def test_pooled_vectors_are_squares_of_the_picture() -> None:
    """Catches rows and columns mixed up: a change at the top right moves the second of four vectors alone."""
    adapter = VisualTokenAdapter(grid(vectors=4), 16)
    tokens = torch.randint(100, (1, 1, 64))
    before = adapter(tokens)
    tokens[0, 0, 7] = (tokens[0, 0, 7] + 1) % 100
    assert ((adapter(tokens) - before).abs().amax(dim=-1) > 0).tolist() == [[False, True, False, False]]


def test_a_token_means_something_else_elsewhere() -> None:
    """Catches pooling of a bag of tokens: the same tokens in other places are another picture."""
    adapter = VisualTokenAdapter(grid(), 16)
    tokens = torch.randint(100, (1, 1, 64))
    assert not torch.allclose(adapter(tokens), adapter(tokens.flip(-1)))


@pytest.mark.parametrize("bad", [{"tokens": 60}, {"vectors": 3}, {"vectors": 9}])
def test_grids_that_cannot_be_cut_are_refused(bad: dict[str, int]) -> None:
    """Catches a reshape that scrambles the picture in silence."""
    with pytest.raises(ConfigError, match="squares"):
        VisualTokenAdapter(grid(**bad), 16)


@pytest.mark.parametrize("vectors", [1, 4])
def test_a_stage_reads_them_beside_other_features(vectors: int) -> None:
    """Catches the paper's VIT+I3D variant falling over, drops or alignment that forget the tokens."""
    features = {"flow": 7, "vit": grid(vectors=vectors).model_dump()}
    model = tiny_model("semantic", features=features)
    conditions, tokens = conditions_of(model, 2, 50), torch.randint(50, (2, 1, 50))
    assert conditions["vit"].shape == (2, 2, 64)
    output = model(conditions, tokens)
    memory = model.encode(conditions, 2, 50).memory
    assert memory.shape[1] == 2 + 2 * vectors + 1
    other = {**conditions, "vit": (conditions["vit"] + 1) % 100}
    assert not torch.allclose(model(other, tokens).logits, output.logits)
    blind = model({}, tokens).logits
    assert torch.allclose(model(conditions, tokens, hide_features=True).logits, blind)


def test_the_papers_grid_costs_what_its_tokens_cost() -> None:
    """Catches a quadratic blow-up: 10 x 1,024 tokens of 8,192 become ten vectors of the input sequence."""
    paper = {"vit": {"tokens": 1024, "codes": 8192, "code_width": 32}}
    model = tiny_model("semantic", features=paper)
    conditions = conditions_of(model, 1, 250)
    assert conditions["vit"].shape == (1, 10, 1024)
    assert model.encode(conditions, 1, 250).memory.shape[1] == 10 + 1
