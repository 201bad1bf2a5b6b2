"""Several samples per clip: their seeds, and their column names in a store of generated music."""

from collections.abc import Iterator, Mapping, Sequence

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_sets import AudioSet, stored_audio
from v2meow_pipeline.seeding import derive_seed

SAMPLE = "sample"


def column(system: str, sample: int) -> str:
    """Column name of a sample (from 0) of a system: the system's name for the first, "v2meow.2" for the third."""
    return f"{system}.{sample}" if sample else system


def sample_seeds(seed: int, clip_ids: Sequence[str], sample: int) -> list[int]:
    """Seed of each clip for one sample.

    Args:
        seed: seed of the evaluation.
        clip_ids: ids of the clips.
        sample: number of the sample, from 0; its seeds do not depend on the number of samples.

    Returns:
        Seeds in the order of `clip_ids`.
    """
    path = (SAMPLE, sample) if sample else ()
    return [derive_seed(seed, clip_id, *path) for clip_id in clip_ids]


def samples_of(store: ShardReader, system: str) -> Iterator[str]:
    """Column names of a system's samples in a store, in order; none if the store lacks the system."""
    sample = 0
    while column(system, sample) in store.names:
        yield column(system, sample)
        sample += 1


def read_samples(
    store: ShardReader, clip_ids: Sequence[str], names: Mapping[str, str]
) -> tuple[dict[str, AudioSet], dict[str, str]]:
    """Audio of all samples of generated music of several systems.

    Args:
        store: store written by `evaluation.generate.generate_clips`.
        clip_ids: ids of the clips.
        names: system -> its name in the evaluation; systems that the store lacks are left out.

    Returns:
        Name of the sample -> audio; and additional sample -> its system, as expected by `metrics.samples`.
    """
    systems: dict[str, AudioSet] = {}
    additional: dict[str, str] = {}
    for system, name in names.items():
        for sample, stored in enumerate(samples_of(store, system)):
            systems[column(name, sample)] = stored_audio(store, clip_ids, stored)
            if sample:
                additional[column(name, sample)] = name
    return systems, additional
