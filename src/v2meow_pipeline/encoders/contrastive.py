"""Contrastive training of the music-text head (two small towers), and its retrieval metrics.

Symmetric InfoNCE with a learned temperature (Radford et al. 2021, "Learning transferable visual models from natural
language supervision"; also used by MuLan, Huang et al. 2022). Rows with the same caption are not used as negatives.
"""

import copy
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from v2meow_pipeline.config import Config
from v2meow_pipeline.seeding import derive_seed

WIDTH = 128
LARGEST_SCALE = 100.0
FEWEST_HELD_OUT = 4
RANKS = (1, 5, 10)


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


class HeldOutRetrieval(NamedTuple):
    """Recall at k: fraction of held-out rows whose own caption is among the k best of all held-out captions.

    Ties count with their expectation over random order, so a constant score has recall k / `n_captions`. Recalls are
    NaN if nothing was held out.

    Attributes:
        n_rows: number of held-out rows.
        n_captions: number of held-out captions.
        recall_at_1: recall at 1.
        recall_at_5: recall at 5.
        recall_at_10: recall at 10.
    """

    n_rows: int
    n_captions: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float


class FitReport(NamedTuple):
    """Training curves and metrics of the music-text head.

    Attributes:
        train_loss: loss in nats per epoch.
        held_out_loss: held-out loss in nats per epoch; empty if nothing was held out.
        best_epoch: epoch of the saved weights, counted from 0.
        retrieval: retrieval metrics on the held-out rows.
        matched_cosine: mean cosine similarity of held-out rows and their own captions.
        shuffled_cosine: mean cosine similarity of held-out rows and other captions.
    """

    train_loss: list[float]
    held_out_loss: list[float]
    best_epoch: int
    retrieval: HeldOutRetrieval
    matched_cosine: float
    shuffled_cosine: float


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


def train(
    audio: Float[np.ndarray, "n audio_width"],
    caption: Int[np.ndarray, " n"],
    texts: Float[np.ndarray, "n_captions text_width"],
    config: MusicTextConfig,
    seed: int,
) -> tuple[Towers, FitReport]:
    """Trains the towers.

    Args:
        audio: audio trunk features, one row per clip.
        caption: index of each row's caption in `texts`.
        texts: embeddings of the distinct captions.
        config: configuration of the head and its training.
        seed: seeds the split, initial weights, order of rows and dropout.

    Returns:
        The towers of the best epoch, and the training report.
    """
    held_out = _held_out_rows(caption, config, seed)
    rows = Pairs(torch.from_numpy(audio).float(), torch.from_numpy(caption), torch.from_numpy(texts).float())
    training, validation = _select(rows, ~held_out), _select(rows, held_out)
    with torch.random.fork_rng(devices=[]):
        # Dropout and initial weights use torch's global generator, whose state is restored afterwards.
        torch.manual_seed(derive_seed(seed, "music_text"))
        towers = Towers(audio.shape[1], texts.shape[1], config)
        towers.audio_mean.copy_(training.audio.mean(dim=0))
        towers.audio_std.copy_(training.audio.std(dim=0, correction=0) + 1e-3)
        curves, best_epoch = _optimise(towers, training, validation, config, seed)
    return towers, _report(towers, validation, curves, best_epoch)


def _held_out_rows(caption: np.ndarray, config: MusicTextConfig, seed: int) -> np.ndarray:
    """Mask of held-out rows: all rows of randomly chosen captions; none if there are too few captions."""
    distinct = np.unique(caption)
    count = round(config.held_out_share * len(distinct))
    if count < FEWEST_HELD_OUT:
        return np.zeros(len(caption), bool)
    chosen = np.random.default_rng(derive_seed(seed, "music_text", "held_out")).permutation(distinct)[:count]
    return np.isin(caption, chosen)


def _select(pairs: Pairs, rows: np.ndarray) -> Pairs:
    chosen = torch.from_numpy(rows)
    return Pairs(pairs.audio[chosen], pairs.caption[chosen], pairs.texts)


def _optimise(
    towers: Towers, training: Pairs, validation: Pairs, config: MusicTextConfig, seed: int
) -> tuple[tuple[list[float], list[float]], int]:
    """Trains the towers in place, restores the best epoch's weights, and returns both loss curves and that epoch."""
    batches = max(1, len(training.audio) // config.batch)
    optimizer = torch.optim.AdamW(towers.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.epochs * batches)
    order = np.random.default_rng(derive_seed(seed, "music_text", "order"))
    train_loss: list[float] = []
    held_out_loss: list[float] = []
    best, best_epoch, weights = np.inf, 0, copy.deepcopy(towers.state_dict())
    for epoch in range(config.epochs):
        towers.train()
        losses = []
        for rows in np.array_split(order.permutation(len(training.audio)), batches):
            loss = towers.loss(Pairs(training.audio[rows], training.caption[rows], training.texts))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        train_loss.append(float(np.mean(losses)))
        towers.eval()
        if len(validation.audio):
            with torch.inference_mode():
                held_out_loss.append(towers.loss(validation).item())
        current = (held_out_loss or train_loss)[-1]
        if current < best:
            best, best_epoch, weights = current, epoch, copy.deepcopy(towers.state_dict())
        elif epoch - best_epoch >= config.patience:
            break
    towers.load_state_dict(weights)
    return (train_loss, held_out_loss), best_epoch


def _report(towers: Towers, validation: Pairs, curves: tuple[list[float], list[float]], best_epoch: int) -> FitReport:
    if not len(validation.audio):
        empty = HeldOutRetrieval(0, 0, np.nan, np.nan, np.nan)
        return FitReport(*curves, best_epoch, empty, np.nan, np.nan)
    captions, own = torch.unique(validation.caption, return_inverse=True)
    with torch.inference_mode():
        cosines = (towers.embed_audio(validation.audio) @ towers.embed_text(validation.texts[captions]).T).numpy()
    matched = cosines[np.arange(len(own)), own.numpy()]
    recalls = (_recall(cosines, matched, k) for k in RANKS)
    others = (cosines.sum(axis=1) - matched) / (cosines.shape[1] - 1)
    retrieval = HeldOutRetrieval(len(own), len(captions), *recalls)
    return FitReport(*curves, best_epoch, retrieval, float(matched.mean()), float(others.mean()))


def _recall(cosines: Float[np.ndarray, "n n_captions"], matched: Float[np.ndarray, " n"], k: int) -> float:
    """Recall at k, with the expectation over random order for ties."""
    higher, lower = (cosines > matched[:, None]).sum(axis=1), (cosines < matched[:, None]).sum(axis=1)
    tied = cosines.shape[1] - higher - lower  # includes the row's own caption
    return float(np.clip((k - higher) / tied, 0, 1).mean())
