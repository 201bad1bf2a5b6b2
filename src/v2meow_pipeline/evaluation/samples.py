"""Several samples a clip: which seed each has, and what its column in a store of generated music is called."""

from collections.abc import Iterator, Sequence

import numpy as np

from v2meow_pipeline.corpus.fitting import waves_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.seeding import derive_seed

SAMPLE = "sample"


def column(system: str, sample: int) -> str:
    """Where a sample of a system lies: the first one under the system's name, the third under "v2meow.2"."""
    return f"{system}.{sample}" if sample else system


def sample_seeds(seed: int, clip_ids: Sequence[str], sample: int) -> list[int]:
    """The seed of each clip.

    Args:
        seed: of the evaluation.
        clip_ids: of the clips.
        sample: from 0; the first one's seeds are the same however many follow.

    Returns:
        In the order of `clip_ids`.
    """
    path = (SAMPLE, sample) if sample else ()
    return [derive_seed(seed, clip_id, *path) for clip_id in clip_ids]


def samples_of(store: ShardReader, system: str) -> Iterator[str]:
    """The columns of a system's samples that a store has, the first one's first; none where it lacks the system."""
    sample = 0
    while column(system, sample) in store.names:
        yield column(system, sample)
        sample += 1


def read_samples(
    store: ShardReader, clip_ids: Sequence[str], called: dict[str, str]
) -> tuple[dict[str, list[np.ndarray]], dict[str, str]]:
    """The music of some systems, every sample of it.

    Args:
        store: of `evaluation.generate.generate_clips`.
        clip_ids: of the clips.
        called: system -> what it is called in the evaluation; those that the store lacks are left out.

    Returns:
        Waves in the order of `clip_ids`, a name a sample, and which of the names are further samples of what: as
        `metrics.samples` takes them.
    """
    waves: dict[str, list[np.ndarray]] = {}
    further: dict[str, str] = {}
    for system, name in called.items():
        for sample, stored in enumerate(samples_of(store, system)):
            waves[column(name, sample)] = list(waves_of(store, clip_ids, stored))
            if sample:
                further[column(name, sample)] = name
    return waves, further
