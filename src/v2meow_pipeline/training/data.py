"""Training examples of a stage, each batch a function of seed and step alone.

A corpus of tokens and pooled features is small (a clip takes about 30 KB), so it is held in memory. Batches are made
by number: a run that was killed continues with the very batch that was next.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import gcd
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models import stages
from v2meow_pipeline.models.conditioning import FeatureAdapter
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.event_curves import EventCurves
from v2meow_pipeline.training.readers import Reader, stack_or_nan

SEMANTIC = "semantic"
ACOUSTIC = "acoustic"


class Batch(NamedTuple):
    """Examples: `conditions` by stream, `tokens` [batch, level, t], `start_s` [batch] of each crop in its clip."""

    conditions: dict[str, Tensor]
    tokens: Tensor
    start_s: Tensor


class StageClips:
    """The streams of some clips that one stage reads and predicts.

    Attributes:
        streams: input streams by name, [clip, t_in, feature], [clip, feature] or [clip, level, t_in].
        targets: tokens to predict, [clip, level, t].
    """

    def __init__(self, model: StageModel, readers: Mapping[str, Reader], clip_ids: Sequence[str]) -> None:
        """Reads the streams into memory.

        Args:
            model: the stage; only its description is used.
            readers: what holds each visual feature, "music_text", "semantic" and "acoustic", and for event curves
                "events" and "audio_events"; only those that the stage needs are looked at. Clips may lack features.
            clip_ids: which clips.

        Raises:
            ConfigError: when there are no clips.
        """
        if not clip_ids:
            raise ConfigError("There are no clips to train or validate on.", "Add videos, or change the splits.")
        self.clip_ids = tuple(clip_ids)
        clock = model.config.clock
        self.rate_hz = model.rate_hz
        self.crop_s = min(model.crop_s, clock.clip_s)
        self.t = stages.token_frames(model.spec.output, clock, self.crop_s)
        self.inputs = model.conditioner.streams
        self.streams = {
            stream.name: _tokens(stream.name, readers, clip_ids, clock.coarse_levels)
            if stream.levels
            else stack_or_nan(readers[stream.name], stream.name, clip_ids)
            for stream in self.inputs
        }
        self.events = EventCurves(readers, clip_ids, clock) if model.config.events else None
        self.targets = _tokens(model.spec.output, readers, clip_ids, clock.coarse_levels)
        rates = [self.rate_hz, *(stream.rate_hz for stream in self.inputs if stream.rate_hz is not None)]
        self.grid_hz = gcd(*rates)
        self.starts = 1 + max(0, int((self.targets.shape[-1] / self.rate_hz - self.crop_s) * self.grid_hz + 1e-6))

    def __len__(self) -> int:
        return len(self.clip_ids)

    def batch(self, clips: np.ndarray, starts: np.ndarray, events_seeds: Sequence[int] | None = None) -> Batch:
        """Crops of some clips.

        Args:
            clips: indices of the clips.
            starts: of each crop, in steps of the coarsest grid among the streams (so that all streams start together).
            events_seeds: one a clip, to sample event curves; None takes those of the videos.

        Returns:
            The examples.
        """
        start_s = (starts / self.grid_hz).astype(np.float32)
        conditions = {}
        for stream in self.inputs:
            values = self._values(stream.name, clips, events_seeds)
            if stream.rate_hz is not None:
                axis = 2 if stream.levels else 1
                values = _crop(values, starts * (stream.rate_hz // self.grid_hz), stream.frames(self.crop_s), axis)
            conditions[stream.name] = torch.from_numpy(values.astype(np.int64 if stream.discrete else np.float32))
        tokens = _crop(self.targets[clips], starts * (self.rate_hz // self.grid_hz), self.t, 2)
        return Batch(conditions, torch.from_numpy(tokens.astype(np.int64)), torch.from_numpy(start_s))

    def _values(self, name: str, clips: np.ndarray, events_seeds: Sequence[int] | None) -> np.ndarray:
        if name == stages.EVENTS and self.events is not None:
            return self.events.fixed(clips) if events_seeds is None else self.events.sample(clips, events_seeds)
        return self.streams[name][clips]

    def token_counts(self, vocab: int) -> np.ndarray:
        """How often each token is to be predicted, [level, vocab]."""
        return np.stack([np.bincount(tokens.ravel(), minlength=vocab) for tokens in self.targets.swapaxes(0, 1)])

    def fit_adapters(self, model: StageModel) -> None:
        """Gives the model's feature adapters mean and spread of these clips."""
        for stream in self.inputs:
            adapter = model.conditioner.adapters[stream.name]
            if isinstance(adapter, FeatureAdapter):
                values = self.streams[stream.name].astype(np.float32)
                rows = values.reshape(-1, values.shape[-1])
                adapter.set_statistics(rows[~np.isnan(rows).any(axis=1)])


class StageExamples:
    """The batches of a stage: crops of the training clips by step, fixed crops of the validation clips.

    Attributes:
        fingerprint: of tokens, features and splits, as given.
        clips: the training clips.
    """

    def __init__(self, train: StageClips, val: StageClips, config: FitConfig, fingerprint: str) -> None:
        """Describes the batches.

        Args:
            train: training clips.
            val: validation clips.
            config: batch size, seed, and how many clips are validated on.
            fingerprint: of both.
        """
        self.clips, self._val, self._config, self.fingerprint = train, val, config, fingerprint
        rng = np.random.default_rng(derive_seed(config.seed, "validation"))
        self.chosen = np.sort(rng.permutation(len(val))[: config.val_clips])
        self._starts = rng.integers(val.starts, size=len(self.chosen))

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> Batch:
        """The training batch of a step; of several ranks each takes its share."""
        clips, starts = pick(len(self.clips), self.clips.starts, self._config.batch_size, self._config.seed, step)
        seeds = [derive_seed(self._config.seed, "events", step, place) for place in range(len(clips))]
        return self.clips.batch(clips[rank::ranks], starts[rank::ranks], seeds[rank::ranks])

    def validation(self) -> Iterator[Batch]:
        """The same crop of each of the chosen clips each time; the last batch may be smaller."""
        for first in range(0, len(self.chosen), self._config.batch_size):
            part = slice(first, first + self._config.batch_size)
            yield self._val.batch(self.chosen[part], self._starts[part])


def pick(clips: int, starts: int, batch_size: int, seed: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The clips and crop starts of one step: each epoch is a permutation of its own.

    Args:
        clips: how many clips there are.
        starts: how many places a crop can start at.
        batch_size: examples of a step.
        seed: of order and crops.
        step: which step.

    Returns:
        Clip indices [batch] and start indices [batch].
    """
    examples = range(step * batch_size, (step + 1) * batch_size)
    chosen = [_permutation(clips, seed, i // clips)[i % clips] for i in examples]
    rng = np.random.default_rng(derive_seed(seed, "crop", step))
    return np.asarray(chosen), rng.integers(starts, size=batch_size)


@lru_cache(maxsize=4)
def _permutation(clips: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng(derive_seed(seed, "epoch", epoch)).permutation(clips)


def _tokens(stream: str, readers: Mapping[str, Reader], clip_ids: Sequence[str], coarse_levels: int) -> np.ndarray:
    """Tokens of a stream, [clip, level, t]: the acoustic ones are kept together and split here."""
    if stream == SEMANTIC:
        return readers[SEMANTIC].stack(SEMANTIC, clip_ids)[:, None]
    acoustic = readers[ACOUSTIC].stack(ACOUSTIC, clip_ids)
    return acoustic[:, stages.levels_in_codes(stream, coarse_levels)]


def _crop(values: np.ndarray, starts: np.ndarray, length: int, axis: int) -> np.ndarray:
    index = starts[:, None] + np.arange(length)
    shape = [len(values), *([1] * (values.ndim - 1))]
    shape[axis] = length
    return np.take_along_axis(values, index.reshape(shape), axis=axis)
