"""Normalised mutual information (NMI) of two labellings, and its chance level.

Conventions: two labellings of the same n frames, integers from 0. Mutual information is the plug-in estimate in nats,
normalised by the mean of both entropies (Strehl and Ghosh 2002; scikit-learn's default):

    NMI(A, B) = 2 I(A; B) / (H(A) + H(B)), from 0 (independent) to 1 (each determines the other).

Bias: with many labels and few frames the estimate is far above 0 for independent labellings (the mutual information by
about (a - 1)(b - 1) / 2n nats for a and b distinct labels: Miller 1955). Frames of one clip are also correlated, unlike
shuffled frames. Therefore each value is compared with a control: the same tokens with the labels of other clips.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.bootstrap import REPLICATES, Interval, percentile_interval, resamples
from v2meow_pipeline.metrics.controls import derangement
from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.seeding import derive_seed

Labels = npt.NDArray[np.integer]
SHUFFLES = 20


def normalised_mutual_information(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Normalised mutual information of two labellings.

    Args:
        first: labels of the frames, integers from 0, `[n]`.
        second: other labels of the same frames, integers from 0, `[n]`.

    Returns:
        NMI in [0, 1]; NaN if both have a single label only.

    Raises:
        ValueError: if the labels are empty, differ in length, or are not integers from 0.
    """
    a, b = (np.unique(_require_labels(labels), return_inverse=True)[1] for labels in (first, second))
    if a.shape != b.shape:
        raise ValueError(f"{len(a)} and {len(b)} labels cannot belong to the same frames")
    of_a, of_b, of_both = (_entropy(np.bincount(labels)) for labels in (a, b, a * (int(b.max()) + 1) + b))
    if of_a + of_b == 0:
        return float("nan")
    return float(np.clip(2 * (of_a + of_b - of_both) / (of_a + of_b), 0, 1))


def clip_information(
    tokens: Sequence[Labels], labels: Sequence[Labels], seed: int, replicates: int = REPLICATES
) -> tuple[Interval, float]:
    """NMI over the frames of all clips, with its interval, and its chance level.

    A bootstrap resample repeats clips, which raises the estimate. Therefore the replicates are shifted so that their
    mean equals the value.

    Args:
        tokens: tokens of each clip, `[t]`.
        labels: labels of the same frames of each clip, `[t]`.
        seed: seeds the bootstrap resampling and the shuffles.
        replicates: number of resamples of clips.

    Returns:
        The value with its interval, and the chance level (see `shuffled_information`).

    Raises:
        ValueError: if there are no clips, or a clip has different numbers of tokens and labels.
    """
    value = normalised_mutual_information(np.concatenate(tokens), np.concatenate(labels))
    draws = resamples(len(tokens), replicates, seed)
    spread = np.array([_of_clips(tokens, labels, draw) for draw in draws])
    return percentile_interval(value, value + spread - np.nanmean(spread), len(tokens)), shuffled_information(
        tokens, labels, seed
    )


def shuffled_information(
    tokens: Sequence[Labels], labels: Sequence[Labels], seed: int, shuffles: int = SHUFFLES
) -> float:
    """Chance level: NMI of the clips' tokens with the labels of other clips.

    Args:
        tokens: tokens of each clip, `[t]`.
        labels: labels of each clip, `[t]`; clips of unequal length are cut to the shorter.
        seed: seeds the shuffles.
        shuffles: number of shuffles that are averaged.

    Returns:
        Mean over shuffles; NaN for a single clip.
    """
    if len(tokens) < 2:
        return float("nan")
    values = []
    for turn in range(shuffles):
        other = derangement(len(tokens), derive_seed(seed, "information", turn))
        pairs = [(t, labels[o]) for t, o in zip(tokens, other, strict=True)]
        cut = [(t[: min(len(t), len(x))], x[: min(len(t), len(x))]) for t, x in pairs]
        values.append(normalised_mutual_information(*map(np.concatenate, zip(*cut, strict=True))))
    return float(np.mean(values))


def _of_clips(tokens: Sequence[Labels], labels: Sequence[Labels], clips: npt.NDArray[np.int64]) -> float:
    chosen = clips.tolist()
    return normalised_mutual_information(
        np.concatenate([tokens[clip] for clip in chosen]), np.concatenate([labels[clip] for clip in chosen])
    )


def _entropy(counts: npt.NDArray[np.integer]) -> float:
    """Entropy in nats of the relative frequencies."""
    share: Array = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def _require_labels(labels: npt.ArrayLike) -> Labels:
    array = np.asarray(labels)
    if array.ndim != 1 or not len(array) or not np.issubdtype(array.dtype, np.integer) or array.min() < 0:
        raise ValueError(f"labels must be integers from 0, [n], not {array.dtype} of shape {array.shape}")
    return array
