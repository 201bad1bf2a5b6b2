"""Several samples of one system: music generated for the same clips with different seeds.

Conventions: intervals resample clips, not samples, since samples of one clip are not independent. The score of a clip
is the mean over its samples. A distance between sets is computed for each sample's set separately and then averaged, so
that it uses as many frames as the distance of a system with one sample (the bias of FAD depends on the number of
frames). More samples therefore reduce the variance from seeds but not the variance between clips. Standard deviations
over clips are those of the clips' means.

Source: the paper's evaluation on AIST++, five samples per segment.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from v2meow_pipeline.metrics.result import ClipRow
from v2meow_pipeline.metrics.validate import Array

# Name of an additional sample -> its system; the first sample of a system has the system's own name.
Samples = Mapping[str, str]
ONE_SAMPLE: Samples = {}
# Metrics taken from the first sample: the mean of two tempi an octave apart is meaningless.
OF_THE_FIRST = ("tempo_bpm",)
# Metrics that compare the samples of a clip; systems with one sample have no row for them.
OF_SEVERAL = ("diversity_seeds_",)


def grouped(names: Sequence[str], samples: Samples) -> dict[str, list[str]]:
    """Names of the samples of each system.

    Args:
        names: names of systems and of additional samples.
        samples: additional sample -> its system.

    Returns:
        System -> its own name, then the names of its additional samples; systems in the given order.

    Raises:
        ValueError: if the system of a sample is missing.
    """
    groups = {name: [name] for name in names if name not in samples}
    for name in names:
        if name in samples:
            if samples[name] not in groups:
                raise ValueError(f"{name} is a sample of {samples[name]}, which is not there: add that system first")
            groups[samples[name]].append(name)
    return groups


def mean_over_samples(values: Mapping[str, float | Array], samples: Samples) -> dict[str, Array]:
    """Averages values over the samples of each system.

    Args:
        values: name of a system or sample -> number or array, with the same shape for all samples of a system.
        samples: additional sample -> its system.

    Returns:
        System -> mean over its samples, in the shape of one sample's value.
    """
    groups = grouped(list(values), samples)
    arrays = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
    return {system: np.mean([arrays[name] for name in names], axis=0) for system, names in groups.items()}


def average_rows(rows: Sequence[ClipRow], samples: Samples) -> list[ClipRow]:
    """Averages rows over the samples of each clip and system.

    Args:
        rows: one row per clip and sample, with the keys "system" and "clip_id" and one number per metric; the clips of
            all names in the same order.
        samples: additional sample -> its system.

    Returns:
        One row per clip and system, in order: the mean over the samples that have a value, NaN if none has. The metrics
        in `OF_THE_FIRST` are the first sample's.
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
        raise ValueError(f"samples of {first['system']} are of different clips: pass them in the same order")
    kept = ("system", "clip_id", *OF_THE_FIRST)
    return {key: value if key in kept else _mean([row[key] for row in rows]) for key, value in first.items()}


def _mean(values: Sequence[str | float]) -> float:
    known = [number for number in np.asarray(values, dtype=np.float64) if not math.isnan(number)]
    return float(np.mean(known)) if known else math.nan
