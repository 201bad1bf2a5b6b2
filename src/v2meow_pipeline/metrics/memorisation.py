"""Memorisation of training data: similarity of each generated clip to its nearest training clip, by tokens.

Conventions: each clip is one token sequence `[t]`: its semantic tokens, or the first level of its acoustic tokens.
Three similarities to a training clip, each in [0, 1] with 1 for a copy; the most similar training clip counts:

    run        length of the longest common run of tokens, as a share of the clip: exact copies
    histogram  overlap of the token histograms, 1 - total variation distance: same tokens in any order
    shift      share of equal tokens at the best time shift with an overlap of at least half of the shorter clip: copies
               with some tokens changed

Music can be similar without being copied, so there is no fixed threshold. The baseline is a held-out control: real
clips that were not trained on, compared with the same training set. The decisive value is the share of generated clips
that are more similar to the training set than every clip of the control.

Source: Agostinelli et al. 2023 (MusicLM), "Memorization analysis": exact matches of semantic tokens, and approximate
matches by optimal transport between token histograms (here with cost 1 for any two different tokens, which gives the
total variation distance; MusicLM uses the distance of the token centroids). Carlini et al. 2023 for the comparison with
held-out data. MusicLM prompts the model with training clips; here the music is generated from a video.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.bootstrap import Interval, mean_interval
from v2meow_pipeline.metrics.common_runs import Run, Tokens, longest_common_runs, require_tokens
from v2meow_pipeline.metrics.common_shifts import best_shifts
from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.progress import track

SIMILARITIES = ("run", "histogram", "shift")
TOGETHER = 64  # training clips compared at once; bounds the memory, which is largest if all tokens are equal


class Nearest(NamedTuple):
    """Index of the most similar training clip, its similarity in [0, 1], and its time shift in tokens (for `shift`)."""

    clip: int
    similarity: float
    shift: int = 0


class Copies(NamedTuple):
    """Most similar training clips of one clip.

    Attributes:
        tokens: number of tokens of the clip.
        run: longest common run with a training clip.
        histogram: training clip with the most similar token histogram.
        shift: training clip with the largest share of equal tokens at the best time shift.
    """

    tokens: int
    run: Run
    histogram: Nearest
    shift: Nearest

    def similarities(self) -> dict[str, float]:
        """The three similarities by name, each in [0, 1]."""
        shares = (self.run.length / self.tokens, self.histogram.similarity, self.shift.similarity)
        return dict(zip(SIMILARITIES, shares, strict=True))


class AgainstControl(NamedTuple):
    """One similarity of generated clips and of held-out real clips.

    Attributes:
        generated: mean over generated clips, with its interval.
        held_out: mean over held-out clips, with its interval.
        beyond: share of generated clips that are more similar to the training set than every held-out clip.
        beyond_by_chance: expected value of `beyond` if both have one distribution, 1 / (held-out clips + 1); ties lower
            it.
    """

    generated: Interval
    held_out: Interval
    beyond: float
    beyond_by_chance: float


def nearest_by_histogram(clips: Sequence[Tokens], training: Sequence[Tokens]) -> list[Nearest]:
    """For each clip, the training clip with the most similar token histogram.

    Args:
        clips: tokens of each clip, non-negative integers, `[t]`.
        training: tokens of each training clip, non-negative integers, `[t]`.

    Returns:
        The training clip with the largest histogram overlap, and the overlap.

    Raises:
        ValueError: if there is no clip, or a token is not a non-negative integer.
    """
    from scipy.spatial.distance import cdist

    vocabulary = 1 + max(int(np.max(tokens)) for tokens in (*require_tokens(clips), *require_tokens(training)))
    ours, theirs = (_histograms(side, vocabulary) for side in (clips, training))
    overlaps = 1 - cdist(ours, theirs, "cityblock") / 2
    return [Nearest(int(row.argmax()), float(np.clip(row.max(), 0, 1))) for row in overlaps]


def nearest_by_shift(clips: Sequence[Tokens], training: Sequence[Tokens]) -> list[Nearest]:
    """For each clip, the training clip with the largest share of equal tokens at any time shift.

    Args:
        clips: tokens of each clip, non-negative integers, `[t]`.
        training: tokens of each training clip, non-negative integers, `[t]`.

    Returns:
        The training clip, the share of equal tokens, and the shift.

    Raises:
        ValueError: if there is no clip, or a token is not a non-negative integer.
    """
    ours, theirs = ([_require_codes(tokens) for tokens in require_tokens(side)] for side in (clips, training))
    parts = [theirs[start : start + TOGETHER] for start in range(0, len(theirs), TOGETHER)]
    found = [best_shifts(ours, chunk) for chunk in track(parts, "looking for copies")]
    nearest = []
    for of_clip in zip(*found, strict=True):
        part = max(range(len(parts)), key=lambda index: of_clip[index].share)
        best = of_clip[part]
        nearest.append(Nearest(part * TOGETHER + best.other, best.share, best.shift))
    return nearest


def nearest_copies(clips: Sequence[Tokens], training: Sequence[Tokens]) -> list[Copies]:
    """For each clip, the most similar training clips by all three similarities.

    Args:
        clips: tokens of each clip, non-negative integers, `[t]`.
        training: tokens of each training clip, non-negative integers, `[t]`.

    Returns:
        One per clip.
    """
    runs, histograms, shifts = (
        longest_common_runs(clips, training),
        nearest_by_histogram(clips, training),
        nearest_by_shift(clips, training),
    )
    return [
        Copies(len(clip), run, histogram, shift)
        for clip, run, histogram, shift in zip(clips, runs, histograms, shifts, strict=True)
    ]


def memorisation_scores(
    generated: Sequence[Tokens],
    training: Sequence[Tokens],
    held_out: Sequence[Copies],
    stream: str,
    seed: int,
    samples: int = 1,
) -> dict[str, AgainstControl]:
    """Similarities of generated clips and of held-out clips to the training set.

    Args:
        generated: tokens of each generated clip, non-negative integers, `[t]`.
        training: tokens of each training clip, of any length.
        held_out: `nearest_copies` of real clips that were not trained on, of the same length as the generated clips.
        stream: "semantic" or "acoustic", used in the keys.
        seed: seed of the bootstrap resampling.
        samples: number of samples of each clip in `generated`, sample-major; a clip's similarity is the mean over its
            samples.

    Returns:
        `memorisation_run_<stream>`, `memorisation_histogram_<stream>`, `memorisation_shift_<stream>`.

    Raises:
        ValueError: if there is no clip, a token is not a non-negative integer, the generated and held-out clips do not
            all have one length (a run is a smaller share of a longer clip), or the number of generated clips is not a
            multiple of `samples`.
    """
    if len(generated) % samples:
        raise ValueError(f"{len(generated)} clips cannot be divided into {samples} samples of the same clips")
    if len({*map(len, require_tokens(generated)), *(copies.tokens for copies in held_out)}) > 1:
        raise ValueError("generated and held-out clips must all have one length: cut them to the shortest")
    ours = [copies.similarities() for copies in nearest_copies(generated, training)]
    theirs = [copies.similarities() for copies in held_out]
    return {
        f"memorisation_{name}_{stream}": _against(
            np.array([scores[name] for scores in ours]).reshape(samples, -1),
            np.array([scores[name] for scores in theirs]),
            seed,
        )
        for name in SIMILARITIES
    }


def _against(generated: Array, held_out: Array, seed: int) -> AgainstControl:
    """Compares the similarities of generated [sample, clip] and held-out [clip] clips."""
    beyond = float((generated > held_out.max() + 1e-12).mean())
    return AgainstControl(
        mean_interval(generated.mean(axis=0), seed), mean_interval(held_out, seed), beyond, 1 / (len(held_out) + 1)
    )


def _histograms(clips: Sequence[Tokens], vocabulary: int) -> Array:
    return np.stack([np.bincount(_require_codes(clip), minlength=vocabulary) / len(clip) for clip in clips])


def _require_codes(tokens: Tokens) -> Tokens:
    codes = np.asarray(tokens)
    if codes.min() < 0:
        raise ValueError(f"tokens must be integers from 0, not {codes.min()}")
    # int32 needs half the memory of int64 and is twice as fast.
    return codes.astype(np.int32)
