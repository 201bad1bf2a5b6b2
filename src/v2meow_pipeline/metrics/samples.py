"""Several samples of one system: music made again for the same clips with other seeds.

Conventions: clips stay the unit of every interval, since samples of one clip are not independent. What a clip scores is
the mean over its samples; a distance of sets is that of each sample's set by itself, averaged, so that it rests on as
many frames as that of a system with one sample (FAD's bias depends on them). Both are means within what is resampled,
so more samples narrow the spread that comes from seeds, and never that between clips. Standard deviations over clips
are of these means.

Source: the paper's evaluation on AIST++, five samples a segment.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.metrics.result import ClipRow
from v2meow_pipeline.metrics.validate import Array

# Name of a further sample -> the system that it is one of; a system's first sample has the system's own name.
Samples = Mapping[str, str]
ONE_SAMPLE: Samples = {}
# Of the first sample: tempi that are each other's double have no meaningful mean.
OF_THE_FIRST = ("tempo_bpm",)
# Metrics that compare samples of a clip: a system with one sample has none of them, and no row.
OF_SEVERAL = ("diversity_seeds_",)


def grouped(names: Sequence[str], samples: Samples) -> dict[str, list[str]]:
    """The names that each system's samples have.

    Args:
        names: of systems and of further samples.
        samples: which are further samples, of what.

    Returns:
        System -> its own name, then those of its further samples; systems in the order given.

    Raises:
        ValueError: if a sample is one of a system that is not there.
    """
    groups = {name: [name] for name in names if name not in samples}
    for name in names:
        if name in samples:
            if samples[name] not in groups:
                raise ValueError(f"{name} is a sample of {samples[name]}, which is not there")
            groups[samples[name]].append(name)
    return groups


def mean_over_samples(values: Mapping[str, float | Array], samples: Samples) -> dict[str, Array]:
    """Numbers of systems and of further samples, as numbers of systems.

    Args:
        values: by name, a number or an array, of one shape within a system.
        samples: which names are further samples, of what.

    Returns:
        By system, the mean, in the shape of one.
    """
    groups = grouped(list(values), samples)
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    return {system: np.mean([arrays[name] for name in names], axis=0) for system, names in groups.items()}


def average_rows(rows: Sequence[ClipRow], samples: Samples) -> list[ClipRow]:
    """A row a clip and sample as a row a clip and system.

    Args:
        rows: keys "system" and "clip_id", then a number a metric; the clips of every name in the same order.
        samples: which systems are further samples, of what.

    Returns:
        Rows of systems, in order: the mean over those samples that have a value, NaN where none has; the tempo itself
        is the first sample's.
    """
    of_name: dict[str, list[ClipRow]] = {}
    for row in rows:
        of_name.setdefault(str(row["system"]), []).append(row)
    averaged = []
    for names in grouped(list(of_name), samples).values():
        for of_clip in zip(*(of_name[name] for name in names), strict=True):
            averaged.append(_average(of_clip) if len(of_clip) > 1 else of_clip[0])
    return averaged


def _average(rows: Sequence[ClipRow]) -> ClipRow:
    first = rows[0]
    if len({row["clip_id"] for row in rows}) > 1:
        raise ValueError(f"samples of {first['system']} are of different clips")
    kept = ("system", "clip_id", *OF_THE_FIRST)
    return {key: value if key in kept else _mean([row[key] for row in rows]) for key, value in first.items()}


def _mean(values: Sequence[str | float]) -> float:
    known = [number for number in np.asarray(values, dtype=np.float64) if not math.isnan(number)]
    return float(np.mean(known)) if known else math.nan
