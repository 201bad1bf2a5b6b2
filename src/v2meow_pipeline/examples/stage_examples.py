"""Training examples of a stage; each batch is a function of seed and step only.

Tokens and pooled features are small (about 30 KB per clip), so they are loaded into memory. Batches are indexed by
step, so an interrupted run resumes with exactly the next batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import gcd
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.epochs import clip_of_example
from v2meow_pipeline.examples.event_curves import EventCurves
from v2meow_pipeline.examples.readers import Reader, stack_or_nan
from v2meow_pipeline.models import stages
from v2meow_pipeline.models.conditioning import FeatureAdapter
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.seeding import derive_seed

SEMANTIC = "semantic"
ACOUSTIC = "acoustic"


class Batch(NamedTuple):
    """A batch of examples.

    Attributes:
        conditions: condition values by stream name.
        tokens: target tokens, [batch, level, t].
        start_s: start of each crop within its clip, in seconds, [batch].
    """

    conditions: dict[str, Tensor]
    tokens: Tensor
    start_s: Tensor


class StageClips:
    """Input streams and target tokens of a set of clips, for one stage.

    Attributes:
        streams: input streams by name, [clip, t_in, feature], [clip, feature] or [clip, level, t_in].
        targets: tokens to predict, [clip, level, t].
    """

    def __init__(self, model: StageModel, readers: Mapping[str, Reader], clip_ids: Sequence[str]) -> None:
        """Loads the streams into memory.

        Args:
            model: the stage; only its configuration is used.
            readers: readers by name: each visual feature, "music_text", "semantic", "acoustic", and for event curves
                "events" and "audio_events"; only those that the stage needs are read. Clips may lack features.
            clip_ids: clips to load.

        Raises:
            ConfigError: if `clip_ids` is empty.
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
        """Crops of the given clips.

        Args:
            clips: indices of the clips.
            starts: start of each crop, in periods of `grid_hz`, so that it falls on a frame of every stream.
            events_seeds: one seed per clip, to sample event curves; None uses the curves for validation.

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
        """Number of occurrences of each target token, [level, vocab]."""
        return np.stack([np.bincount(tokens.ravel(), minlength=vocab) for tokens in self.targets.swapaxes(0, 1)])

    def fit_adapters(self, model: StageModel) -> None:
        """Sets mean and standard deviation of the model's feature adapters from these clips."""
        for stream in self.inputs:
            adapter = model.conditioner.adapters[stream.name]
            if isinstance(adapter, FeatureAdapter):
                values = self.streams[stream.name].astype(np.float32)
                rows = values.reshape(-1, values.shape[-1])
                adapter.set_statistics(rows[~np.isnan(rows).any(axis=1)])


class StageExamples:
    """Batches of a stage: random crops of the training clips by step, and fixed crops of the validation clips.

    Attributes:
        fingerprint: fingerprint of tokens, features and splits.
        clips: the training clips.
    """

    def __init__(
        self, train: StageClips, val: StageClips, fingerprint: str, batch_size: int, seed: int, val_clips: int = 32
    ) -> None:
        """Selects the validation crops.

        Args:
            train: training clips.
            val: validation clips.
            fingerprint: fingerprint of training and validation clips.
            batch_size: examples per step, summed over all ranks.
            seed: seeds the clip order, the crops and the event curves.
            val_clips: maximum number of validation clips.
        """
        self.clips, self._val, self.fingerprint = train, val, fingerprint
        self._batch_size, self._seed = batch_size, seed
        rng = np.random.default_rng(derive_seed(seed, "validation"))
        self.chosen = np.sort(rng.permutation(len(val))[:val_clips])
        self._starts = rng.integers(val.starts, size=len(self.chosen))

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> Batch:
        """Training batch of a step, or the part of it that belongs to `rank`."""
        clips, starts = pick(len(self.clips), self.clips.starts, self._batch_size, self._seed, step)
        seeds = [derive_seed(self._seed, "events", step, index) for index in range(len(clips))]
        return self.clips.batch(clips[rank::ranks], starts[rank::ranks], seeds[rank::ranks])

    def validation(self) -> Iterator[Batch]:
        """Validation batches, with the same crops on every call; the last batch may be smaller."""
        for first in range(0, len(self.chosen), self._batch_size):
            part = slice(first, first + self._batch_size)
            yield self._val.batch(self.chosen[part], self._starts[part])


def pick(clips: int, starts: int, batch_size: int, seed: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Clips and crop starts of one training step; the clips are shuffled anew in each epoch.

    Args:
        clips: number of clips.
        starts: number of possible crop starts.
        batch_size: examples per step.
        seed: seeds the order of clips and the crops.
        step: index of the step.

    Returns:
        Clip indices [batch] and start indices [batch].
    """
    examples = range(step * batch_size, (step + 1) * batch_size)
    chosen = [clip_of_example(i, clips, seed) for i in examples]
    rng = np.random.default_rng(derive_seed(seed, "crop", step))
    return np.asarray(chosen), rng.integers(starts, size=batch_size)


def _tokens(stream: str, readers: Mapping[str, Reader], clip_ids: Sequence[str], coarse_levels: int) -> np.ndarray:
    """Tokens of a stream, [clip, level, t]; coarse and fine tokens are slices of the stored acoustic tokens."""
    if stream == SEMANTIC:
        return readers[SEMANTIC].stack(SEMANTIC, clip_ids)[:, None]
    acoustic = readers[ACOUSTIC].stack(ACOUSTIC, clip_ids)
    return acoustic[:, stages.levels_in_codes(stream, coarse_levels)]


def _crop(values: np.ndarray, starts: np.ndarray, length: int, axis: int) -> np.ndarray:
    index = starts[:, None] + np.arange(length)
    shape = [len(values), *([1] * (values.ndim - 1))]
    shape[axis] = length
    return np.take_along_axis(values, index.reshape(shape), axis=axis)
