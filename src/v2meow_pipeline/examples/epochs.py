"""Order of the training clips: shuffled anew in each epoch, as a function of seed and example."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.seeding import derive_seed


class BatchSettings(NamedTuple):
    """Size and seed of the batches of a training run.

    Attributes:
        size: examples per step, summed over all ranks.
        seed: seeds the clip order and all other draws.
        val_clips: maximum number of validation clips.
    """

    size: int
    seed: int
    val_clips: int = 32


class EpochSampler:
    """Selects the clips of each batch.

    Attributes:
        train: ids of the training clips.
        val: ids of the validation clips: the first `val_clips` of those given.
        size: examples per step, summed over all ranks.
    """

    def __init__(self, train: Sequence[str], val: Sequence[str], batches: BatchSettings) -> None:
        """Selects among the clips of the training and validation splits."""
        self.train, self.val = list(train), list(val)[: batches.val_clips]
        self.size, self._seed = batches.size, batches.seed

    def require_clips(self) -> None:
        """Raises ConfigError if a split has no clips."""
        if not self.train or not self.val:
            raise ConfigError("There are no clips to train or validate on.", "Add videos, or change the splits.")

    def clips(self, step: int) -> list[str]:
        """Ids of the training clips of a step, for all ranks."""
        examples = range(step * self.size, (step + 1) * self.size)
        return [self.train[clip_of_example(i, len(self.train), self._seed)] for i in examples]

    def rng(self, *purpose: str | int) -> np.random.Generator:
        """Random generator for other draws, such as crop positions."""
        return np.random.default_rng(derive_seed(self._seed, *purpose))

    def val_parts(self) -> list[slice]:
        """Slices of `val` that make batches; the last one may be smaller."""
        return [slice(first, first + self.size) for first in range(0, len(self.val), self.size)]


def clip_of_example(example: int, clips: int, seed: int) -> int:
    """Index of the clip of a training example.

    Args:
        example: index of the example, counted over all steps.
        clips: number of training clips; each occurs once per epoch.
        seed: seeds the order of clips.

    Returns:
        Index in [0, clips).
    """
    epoch, index = divmod(example, clips)
    return int(_order(clips, seed, epoch)[index])


@lru_cache(maxsize=4)
def _order(clips: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng(derive_seed(seed, "epoch", epoch)).permutation(clips)
