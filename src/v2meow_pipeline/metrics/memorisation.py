"""Does the generator repeat its training data? The nearest training clip of each generated clip, by its tokens.

Conventions: one stream of tokens a clip, `[t]`: its semantic tokens, or the first level of its acoustic tokens. Three
likenesses to a training clip, each a share in [0, 1] where 1 is a copy; of each clip the nearest training clip counts:

    run        the longest run of equal tokens, as a share of the clip: a copy, exactly
    histogram  the overlap of the histograms of tokens, 1 - their total variation distance: what occurs, in any order
    shift      the share of equal tokens at the best shift in time, over at least half of the shorter clip: a copy with
               some tokens changed

Music is alike without being copied, so no threshold of our own says what is memorised. A held-out control does: real
clips on which nobody trained, looked up in the same training set. What counts is the share of generated clips that are
nearer to the training set than every clip of the control.

Source: Agostinelli et al. 2023 (MusicLM), "Memorization analysis": exact matches of semantic tokens, and approximate
ones by optimal transport between histograms of tokens (with the cost 1 for any two different tokens that is the total
variation distance; theirs is the distance of the tokens' centres). Carlini et al. 2023 for the comparison with held-out
data. Theirs prompts the model with training clips; ours takes what it generates from a video.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.bootstrap import Interval, mean_interval
from v2meow_pipeline.metrics.common_runs import Run, Tokens, longest_common_runs, require_tokens
from v2meow_pipeline.metrics.common_shifts import best_shifts
from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.progress import track

LIKENESSES = ("run", "histogram", "shift")
TOGETHER = 64  # training clips that are looked through at once: what bounds the memory, where all tokens are equal


class Nearest(NamedTuple):
    """The nearest training clip: index, likeness in [0, 1], and by how many tokens it lies later (of `shift`)."""

    clip: int
    likeness: float
    shift: int = 0


class Copies(NamedTuple):
    """What one clip shares with the training set.

    Attributes:
        tokens: of the clip.
        run: the longest common run.
        histogram: the training clip with the nearest histogram.
        shift: the training clip with the most equal tokens at some shift.
    """

    tokens: int
    run: Run
    histogram: Nearest
    shift: Nearest

    def likenesses(self) -> dict[str, float]:
        """Each likeness, in [0, 1]."""
        shares = (self.run.length / self.tokens, self.histogram.likeness, self.shift.likeness)
        return dict(zip(LIKENESSES, shares, strict=True))


class AgainstControl(NamedTuple):
    """One likeness of generated clips and of held-out real clips.

    Attributes:
        generated: mean over generated clips, with its interval.
        held_out: mean over the control's.
        beyond: share of generated clips that are nearer to the training set than every clip of the control.
        beyond_by_chance: its expectation if both were alike, 1 / (held-out clips + 1); ties make it less.
    """

    generated: Interval
    held_out: Interval
    beyond: float
    beyond_by_chance: float


def nearest_by_histogram(clips: Sequence[Tokens], training: Sequence[Tokens]) -> list[Nearest]:
    """For each clip, the training clip whose tokens occur as often.

    Args:
        clips: tokens from 0, `[t]` each.
        training: likewise.

    Returns:
        The nearest, with the overlap of the two histograms.

    Raises:
        ValueError: if there is no clip, or a token is not an integer from 0.
    """
    from scipy.spatial.distance import cdist

    vocabulary = 1 + max(int(np.max(tokens)) for tokens in (*require_tokens(clips), *require_tokens(training)))
    ours, theirs = (_histograms(side, vocabulary) for side in (clips, training))
    overlaps = 1 - cdist(ours, theirs, "cityblock") / 2
    return [Nearest(int(row.argmax()), float(np.clip(row.max(), 0, 1))) for row in overlaps]


def nearest_by_shift(clips: Sequence[Tokens], training: Sequence[Tokens]) -> list[Nearest]:
    """For each clip, the training clip with the largest share of equal tokens at some shift in time.

    Args:
        clips: tokens from 0, `[t]` each.
        training: likewise.

    Returns:
        The nearest, with the share and the shift.

    Raises:
        ValueError: if there is no clip, or a token is not an integer from 0.
    """
    ours, theirs = ([_require_codes(tokens) for tokens in require_tokens(side)] for side in (clips, training))
    parts = [theirs[start : start + TOGETHER] for start in range(0, len(theirs), TOGETHER)]
    found = [best_shifts(ours, part) for part in track(parts, "looking for copies")]
    nearest = []
    for of_clip in zip(*found, strict=True):
        turn = max(range(len(parts)), key=lambda index: of_clip[index].share)
        best = of_clip[turn]
        nearest.append(Nearest(turn * TOGETHER + best.other, best.share, best.shift))
    return nearest


def nearest_copies(clips: Sequence[Tokens], training: Sequence[Tokens]) -> list[Copies]:
    """What each clip shares with the training set, in all three ways.

    Args:
        clips: tokens from 0, `[t]` each.
        training: likewise.

    Returns:
        One a clip.
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


def evaluate(
    generated: Sequence[Tokens],
    training: Sequence[Tokens],
    held_out: Sequence[Copies],
    stream: str,
    seed: int,
    samples: int = 1,
) -> dict[str, AgainstControl]:
    """All likenesses of generated clips to the training set, beside those of held-out clips.

    Args:
        generated: tokens from 0, `[t]` each.
        training: tokens of clips that were trained on, of any length.
        held_out: `nearest_copies` of real clips that were not, as long as the generated ones.
        stream: "semantic" or "acoustic", for the keys.
        seed: decides the intervals.
        samples: of each clip among the generated: all clips of the first sample, then of the next. A clip's likeness is
            the mean over them.

    Returns:
        `memorisation_run_<stream>`, `memorisation_histogram_<stream>`, `memorisation_shift_<stream>`.

    Raises:
        ValueError: if there is no clip, a token is not an integer from 0, or generated and held-out clips are not all
            of one length: a run is a smaller share of a longer clip; or if samples are not all of as many clips.
    """
    if len(generated) % samples:
        raise ValueError(f"{len(generated)} clips are not {samples} samples of each")
    if len({*map(len, require_tokens(generated)), *(copies.tokens for copies in held_out)}) > 1:
        raise ValueError("generated and held-out clips are not all of one length")
    ours = [copies.likenesses() for copies in nearest_copies(generated, training)]
    theirs = [copies.likenesses() for copies in held_out]
    return {
        f"memorisation_{name}_{stream}": _against(
            np.array([scores[name] for scores in ours]).reshape(samples, -1),
            np.array([scores[name] for scores in theirs]),
            seed,
        )
        for name in LIKENESSES
    }


def _against(generated: Array, held_out: Array, seed: int) -> AgainstControl:
    """Of likenesses [sample, clip] and [clip]."""
    beyond = float((generated > held_out.max() + 1e-12).mean())
    return AgainstControl(
        mean_interval(generated.mean(axis=0), seed), mean_interval(held_out, seed), beyond, 1 / (len(held_out) + 1)
    )


def _histograms(clips: Sequence[Tokens], vocabulary: int) -> Array:
    return np.stack([np.bincount(_require_codes(clip), minlength=vocabulary) / len(clip) for clip in clips])


def _require_codes(tokens: Tokens) -> Tokens:
    codes = np.asarray(tokens)
    if codes.min() < 0:
        raise ValueError(f"tokens are integers from 0, not {codes.min()}")
    # Half the memory of 64 bits, twice the speed.
    return codes.astype(np.int32)
