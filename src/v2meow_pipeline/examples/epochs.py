"""Order of the training clips: shuffled anew in each epoch, as a function of seed and example."""

from functools import lru_cache

import numpy as np

from v2meow_pipeline.seeding import derive_seed


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
