"""How much one labelling says about another: normalised mutual information, and what of it is chance.

Conventions: two labellings of the same n frames, integers from 0. Mutual information is the plug-in estimate in nats,
normalised by the mean of both entropies (Strehl and Ghosh 2002; scikit-learn's default):

    NMI(A, B) = 2 I(A; B) / (H(A) + H(B)), from 0 (independent) to 1 (each tells the other).

Bias: with many labels and few frames it is far above 0 for labellings that have nothing to do with each other (mutual
information by about (a - 1)(b - 1) / 2n nats for a and b labels in use: Miller 1955), and frames of one clip resemble
each other, which shuffled frames do not. So each value stands beside that of a shuffled control: the labels of other
clips.
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
        first: `[n]`, integers from 0.
        second: of the same frames.

    Returns:
        In [0, 1]; NaN where both have a single label only, so that there is nothing to tell.

    Raises:
        ValueError: if they are empty, differ in length, or are not integers from 0.
    """
    a, b = (np.unique(_require_labels(labels), return_inverse=True)[1] for labels in (first, second))
    if a.shape != b.shape:
        raise ValueError(f"{len(a)} and {len(b)} labels are not of the same frames")
    of_a, of_b, of_both = (_entropy(np.bincount(labels)) for labels in (a, b, a * (int(b.max()) + 1) + b))
    if of_a + of_b == 0:
        return float("nan")
    return float(np.clip(2 * (of_a + of_b - of_both) / (of_a + of_b), 0, 1))


def clip_information(
    tokens: Sequence[Labels], labels: Sequence[Labels], seed: int, replicates: int = REPLICATES
) -> tuple[Interval, float]:
    """Normalised mutual information over the frames of all clips, its interval, and its value by chance.

    A resample of clips holds some of them twice, which by itself raises the estimate: so the interval is as wide as
    that of the resamples, and lies around the value as theirs lies around their mean.

    Args:
        tokens: of each clip, `[t]`.
        labels: of the same frames of each clip.
        seed: decides resamples and shuffles.
        replicates: resamples of clips.

    Returns:
        The interval, and the control (see `shuffled_information`).

    Raises:
        ValueError: if there are no clips, or a clip's tokens and labels differ in number.
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
    """What clips' tokens seem to say about the labels of other clips: the value by chance.

    Args:
        tokens: of each clip, `[t]`.
        labels: of each clip.
        seed: decides the shuffles.
        shuffles: how many are averaged.

    Returns:
        Their mean; NaN of a single clip. Clips of unequal length are cut to the shorter.
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
    """Of the frequencies, in nats."""
    share: Array = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def _require_labels(labels: npt.ArrayLike) -> Labels:
    array = np.asarray(labels)
    if array.ndim != 1 or not len(array) or not np.issubdtype(array.dtype, np.integer) or array.min() < 0:
        raise ValueError(f"labels are integers from 0, [n], not {array.dtype} of shape {array.shape}")
    return array
