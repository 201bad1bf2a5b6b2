"""Training of the music-text head: contrastive, with early stopping on captions that are held out.

It takes seconds on a CPU. It does not use the loop of training/trainer.py, whose schedule, weight decay and clipping
differ (docs/decisions/0035-training-path.md).
"""

import copy
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int

from v2meow_pipeline.encoders.base import TextEncoder
from v2meow_pipeline.encoders.music_text import MusicTextHead
from v2meow_pipeline.encoders.music_text_towers import MusicTextConfig, Pairs, Towers
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.seeding import derive_seed

FEWEST_HELD_OUT = 4
RANKS = (1, 5, 10)


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


def fit_head(
    trunk_features: Float[np.ndarray, "n trunk_width"],
    captions: Sequence[str],
    config: MusicTextConfig,
    seed: int,
    trunk: Musicnn | None = None,
    text: TextEncoder | None = None,
) -> tuple[MusicTextHead, FitReport]:
    """Trains a head on clips and their captions.

    Args:
        trunk_features: result of the function `trunk_features`, one row per clip.
        captions: one caption per row; clips may share a caption.
        config: configuration of the head and its training.
        seed: seeds the training.
        trunk: network that the features were computed with; None loads it.
        text: text encoder; None loads MiniLM.

    Returns:
        The head, and the training report.

    Raises:
        ConfigError: if the numbers of rows and captions differ, or there are fewer than two distinct captions.
    """
    distinct, caption = np.unique(np.asarray(captions, dtype=object).astype(str), return_inverse=True)
    if len(captions) != len(trunk_features) or len(distinct) < 2:
        raise ConfigError(
            f"{len(trunk_features)} clips with {len(captions)} captions, {len(distinct)} of them distinct, "
            "cannot be contrasted.",
            "Give each clip a caption, at least two of them distinct, or train without music_text.",
        )
    text = text or MiniLM()
    towers, report = train_towers(trunk_features, caption, text.encode(distinct.tolist()), config, seed)
    return MusicTextHead(towers, config, trunk or Musicnn(), text), report


def train_towers(
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
