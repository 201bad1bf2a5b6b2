"""Networks of the music-text head: two small towers over frozen encoders, and their contrastive loss.

Symmetric InfoNCE with a learned temperature (Radford et al. 2021, "Learning transferable visual models from natural
language supervision"; also used by MuLan, Huang et al. 2022). Rows with the same caption are not used as negatives.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from v2meow_pipeline.config import Config

WIDTH = 128
LARGEST_SCALE = 100.0


class MusicTextConfig(Config):
    """Configuration of the music-text head and its training.

    Attributes:
        hidden: width of each tower's hidden layer.
        dropout: dropout probability in both towers.
        batch: batch size; the other rows of a batch are the negatives.
        learning_rate: initial learning rate of AdamW, with cosine decay to zero.
        weight_decay: weight decay of AdamW.
        epochs: maximum number of epochs.
        patience: epochs without a lower held-out loss before training stops.
        held_out_share: fraction of the distinct captions, with all their rows, held out for early stopping and
            retrieval metrics.
    """

    hidden: int = 256
    dropout: float = 0.4
    batch: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    epochs: int = 60
    patience: int = 8
    held_out_share: float = 0.1


class Pairs(NamedTuple):
    """Pairs of audio features and captions.

    Attributes:
        audio: audio features, one row per clip.
        caption: index of each row's caption in `texts`.
        texts: text embeddings of the distinct captions.
    """

    audio: Tensor
    caption: Tensor
    texts: Tensor


class Towers(nn.Module):
    """Audio and text towers (one hidden layer each) into the joint space, and the temperature."""

    def __init__(self, audio_width: int, text_width: int, config: MusicTextConfig) -> None:
        """Builds the towers with random weights.

        Args:
            audio_width: width of the audio trunk features.
            text_width: width of the text embeddings.
            config: configuration of the head.
        """
        super().__init__()
        self.audio, self.text = (
            nn.Sequential(
                nn.Linear(width, config.hidden),
                nn.GELU(),
                nn.Dropout(config.dropout),
                nn.Linear(config.hidden, WIDTH),
            )
            for width in (audio_width, text_width)
        )
        self.log_scale = nn.Parameter(torch.tensor(np.log(1 / 0.07), dtype=torch.float32))
        self.register_buffer("audio_mean", torch.zeros(audio_width))
        self.register_buffer("audio_std", torch.ones(audio_width))
        self.audio_mean: Tensor
        self.audio_std: Tensor

    def embed_audio(self, features: Float[Tensor, "n audio_width"]) -> Float[Tensor, "n 128"]:
        """L2-normalised embeddings of audio trunk features."""
        return F.normalize(self.audio((features - self.audio_mean) / self.audio_std), dim=-1)

    def embed_text(self, vectors: Float[Tensor, "n text_width"]) -> Float[Tensor, "n 128"]:
        """L2-normalised embeddings of text embeddings."""
        return F.normalize(self.text(vectors), dim=-1)

    def loss(self, pairs: Pairs) -> Float[Tensor, ""]:
        """Symmetric InfoNCE loss of a batch, in nats."""
        audio, text = self.embed_audio(pairs.audio), self.embed_text(pairs.texts[pairs.caption])
        logits = self.log_scale.exp().clamp(max=LARGEST_SCALE) * audio @ text.T
        same = pairs.caption[:, None] == pairs.caption
        own = torch.eye(len(logits), dtype=torch.bool)
        logits = logits.masked_fill(same & ~own, -torch.inf)
        target = torch.arange(len(logits))
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
