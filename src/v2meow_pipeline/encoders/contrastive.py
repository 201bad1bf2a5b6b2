"""Training of two small towers into one space, and how well it retrieves.

InfoNCE with a learned temperature, in both directions (Radford et al. 2021, "Learning transferable visual models from
natural language supervision"; MuLan, Huang et al. 2022, uses the same). Rows with the same caption are never each
other's negatives.
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
    """How the music-text head is built and trained.

    Attributes:
        hidden: width of each tower's hidden layer.
        dropout: in both towers, in training.
        batch: rows a step; each row's negatives are the others.
        learning_rate: of AdamW at its peak; it falls to zero along a cosine.
        weight_decay: of AdamW.
        epochs: at most.
        patience: epochs without a better held-out loss before it stops.
        held_out_share: of the distinct captions, with all their rows, kept for early stopping and retrieval.
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
    """How often a row's own caption is among the best k of all held-out captions; NaN where none were held out.

    Captions with equal cosines count as in random order: what is the same for all scores k of `n_captions`.
    """

    n_rows: int
    n_captions: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float


class FitReport(NamedTuple):
    """What happened in training.

    Attributes:
        train_loss: nats, one value an epoch.
        held_out_loss: nats, one value an epoch; empty where nothing was held out.
        best_epoch: whose weights were kept, from 0.
        retrieval: on the held-out rows.
        matched_cosine: mean cosine of held-out rows with their own caption.
        shuffled_cosine: the same with another row's caption.
    """

    train_loss: list[float]
    held_out_loss: list[float]
    best_epoch: int
    retrieval: HeldOutRetrieval
    matched_cosine: float
    shuffled_cosine: float


class Pairs(NamedTuple):
    """Rows of audio features with the index of each one's caption in `texts`."""

    audio: Tensor
    caption: Tensor
    texts: Tensor


class Towers(nn.Module):
    """Two networks with one hidden layer each into the joint space, and the temperature."""

    def __init__(self, audio_width: int, text_width: int, config: MusicTextConfig) -> None:
        """Builds the towers.

        Args:
            audio_width: of the trunk features.
            text_width: of the text embeddings.
            config: sizes.
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
        """Unit vectors of trunk features."""
        return F.normalize(self.audio((features - self.audio_mean) / self.audio_std), dim=-1)

    def embed_text(self, vectors: Float[Tensor, "n text_width"]) -> Float[Tensor, "n 128"]:
        """Unit vectors of text embeddings."""
        return F.normalize(self.text(vectors), dim=-1)

    def loss(self, pairs: Pairs) -> Float[Tensor, ""]:
        """InfoNCE of some rows, the mean of both directions, nats."""
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
    """The trained towers.

    Args:
        audio: trunk features, a row per clip.
        caption: index of each row's caption in `texts`.
        texts: embeddings of the distinct captions.
        config: sizes and training.
        seed: of the split, the initial weights, the order of rows and the dropout.

    Returns:
        The towers of the best epoch, and what happened.
    """
    held_out = _held_out_rows(caption, config, seed)
    rows = Pairs(torch.from_numpy(audio).float(), torch.from_numpy(caption), torch.from_numpy(texts).float())
    fitted, judged = _select(rows, ~held_out), _select(rows, held_out)
    with torch.random.fork_rng(devices=[]):
        # Dropout and initial weights draw from torch's global generator, which is put back afterwards.
        torch.manual_seed(derive_seed(seed, "music_text"))
        towers = Towers(audio.shape[1], texts.shape[1], config)
        towers.audio_mean.copy_(fitted.audio.mean(dim=0))
        towers.audio_std.copy_(fitted.audio.std(dim=0, correction=0) + 1e-3)
        curves, best_epoch = _descend(towers, fitted, judged, config, seed)
    return towers, _report(towers, judged, curves, best_epoch)


def _held_out_rows(caption: np.ndarray, config: MusicTextConfig, seed: int) -> np.ndarray:
    """Which rows are kept out of training: all rows of some captions; none where there are too few captions."""
    distinct = np.unique(caption)
    count = round(config.held_out_share * len(distinct))
    if count < FEWEST_HELD_OUT:
        return np.zeros(len(caption), bool)
    chosen = np.random.default_rng(derive_seed(seed, "music_text", "held_out")).permutation(distinct)[:count]
    return np.isin(caption, chosen)


def _select(pairs: Pairs, rows: np.ndarray) -> Pairs:
    chosen = torch.from_numpy(rows)
    return Pairs(pairs.audio[chosen], pairs.caption[chosen], pairs.texts)


def _descend(
    towers: Towers, fitted: Pairs, judged: Pairs, config: MusicTextConfig, seed: int
) -> tuple[tuple[list[float], list[float]], int]:
    """Trains in place and leaves the weights of the best epoch; returns both loss curves and that epoch."""
    batches = max(1, len(fitted.audio) // config.batch)
    optimizer = torch.optim.AdamW(towers.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, config.epochs * batches)
    order = np.random.default_rng(derive_seed(seed, "music_text", "order"))
    train_loss: list[float] = []
    held_out_loss: list[float] = []
    best, best_epoch, weights = np.inf, 0, copy.deepcopy(towers.state_dict())
    for epoch in range(config.epochs):
        towers.train()
        losses = []
        for rows in np.array_split(order.permutation(len(fitted.audio)), batches):
            loss = towers.loss(Pairs(fitted.audio[rows], fitted.caption[rows], fitted.texts))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        train_loss.append(float(np.mean(losses)))
        towers.eval()
        if len(judged.audio):
            with torch.inference_mode():
                held_out_loss.append(towers.loss(judged).item())
        current = (held_out_loss or train_loss)[-1]
        if current < best:
            best, best_epoch, weights = current, epoch, copy.deepcopy(towers.state_dict())
        elif epoch - best_epoch >= config.patience:
            break
    towers.load_state_dict(weights)
    return (train_loss, held_out_loss), best_epoch


def _report(towers: Towers, judged: Pairs, curves: tuple[list[float], list[float]], best_epoch: int) -> FitReport:
    if not len(judged.audio):
        nothing = HeldOutRetrieval(0, 0, np.nan, np.nan, np.nan)
        return FitReport(*curves, best_epoch, nothing, np.nan, np.nan)
    captions, own = torch.unique(judged.caption, return_inverse=True)
    with torch.inference_mode():
        cosines = (towers.embed_audio(judged.audio) @ towers.embed_text(judged.texts[captions]).T).numpy()
    matched = cosines[np.arange(len(own)), own.numpy()]
    recalls = (_recall(cosines, matched, k) for k in RANKS)
    others = (cosines.sum(axis=1) - matched) / (cosines.shape[1] - 1)
    retrieval = HeldOutRetrieval(len(own), len(captions), *recalls)
    return FitReport(*curves, best_epoch, retrieval, float(matched.mean()), float(others.mean()))


def _recall(cosines: Float[np.ndarray, "n n_captions"], matched: Float[np.ndarray, " n"], k: int) -> float:
    """How often the own caption is among the best k, expected over all orders of captions with equal cosines."""
    ahead, behind = (cosines > matched[:, None]).sum(axis=1), (cosines < matched[:, None]).sum(axis=1)
    level = cosines.shape[1] - ahead - behind  # the own caption is one of them
    return float(np.clip((k - ahead) / level, 0, 1).mean())
