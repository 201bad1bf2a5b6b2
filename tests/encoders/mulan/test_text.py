"""Both text towers."""

import torch

from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.pieces import HIDDEN, WordPieces
from v2meow_pipeline.encoders.mulan.text import PieceTower, build_reader, build_tower

TEXTS = ["slow jazz with piano", "fast rock"]


def test_reader_and_tower_fit_each_other(tiny: MulanConfig) -> None:
    """Catches a tower that is given the other one's numbers."""
    tower = build_tower(tiny.text, 8).eval()
    assert tower(torch.from_numpy(build_reader(tiny.text).encode(TEXTS))).shape == (2, 8)


def test_a_text_is_the_same_beside_a_longer_one(tiny_own: MulanConfig) -> None:
    """Catches padding that is read."""
    tower = PieceTower(tiny_own.text, 8)
    pieces = torch.from_numpy(WordPieces(16).encode(TEXTS))
    tower.train()(pieces)
    tower.eval()
    torch.testing.assert_close(tower(pieces)[1:], tower(pieces[1:, :4]), atol=1e-6, rtol=1e-5)


def test_the_order_of_words_matters(tiny_own: MulanConfig) -> None:
    """Catches a bag of words."""
    tower = PieceTower(tiny_own.text, 8)
    pieces = torch.tensor([[101, 3435, 2600, 102], [101, 2600, 3435, 102]])
    tower.train()(pieces)
    first, second = tower.eval()(pieces)
    assert not torch.allclose(first, second, atol=1e-5)


def test_words_that_training_never_saw_are_read_as_hidden(tiny_own: MulanConfig) -> None:
    """Catches prompts that are moved about by vectors which nothing has taught."""
    tower = PieceTower(tiny_own.text, 8)
    tower.train()(torch.tensor([[101, 3435, 102, HIDDEN]]))
    tower.eval()
    seen, unseen, hidden = (tower(torch.tensor([[101, piece, 102]])) for piece in (3435, 2600, HIDDEN))
    assert torch.equal(unseen, hidden) and not torch.allclose(seen, hidden, atol=1e-5)


def test_training_hides_words(tiny_own: MulanConfig) -> None:
    """Catches an option that does nothing."""
    tower = PieceTower(tiny_own.text.model_copy(update={"hidden_pieces": 0.5}), 8).train()
    pieces = torch.tensor([[101, 3435, 2600, 2189, 102]]).expand(20, -1)
    assert tower(pieces).std(dim=0).max() > 1e-5
    still = PieceTower(tiny_own.text.model_copy(update={"hidden_pieces": 0.0}), 8).train()
    torch.testing.assert_close(still(pieces)[0], still(pieces)[1])
