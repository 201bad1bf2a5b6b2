"""Whether a challenger takes the champion's place: a pure function of their scores on the same clips."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.metrics.bootstrap import CONFIDENCE, Interval, paired_difference
from v2meow_pipeline.metrics.keys import describe

CHAMPION, CHALLENGER = "champion", "challenger"
LOSS = "loss"
UNKNOWN = "unknown"


class VerdictConfig(Config):
    """What a challenger must do.

    Attributes:
        metric: in which it must be better beyond the interval: "loss", or a metric of single clips.
        margins: for each metric the most by which the mean over a genre's clips may be worse, in the metric's unit.
        min_clips: of a genre; smaller ones have no say, since a single clip may do anything.
        confidence: of the interval.
        replicates: resamples of clips.
        seed: of the resamples.
    """

    metric: str = LOSS
    margins: dict[str, float] = Field(default_factory=lambda: {LOSS: 0.05})
    min_clips: int = Field(default=3, ge=1)
    confidence: float = Field(default=CONFIDENCE, gt=0, lt=1)
    replicates: int = Field(default=2000, gt=0)
    seed: int = 0


class Comparison(NamedTuple):
    """One metric over some clips: how much better the challenger is, with its interval; above 0 is better.

    Attributes:
        metric: its name.
        genre: whose clips; "" for all.
        champion: mean of the champion.
        challenger: mean of the challenger.
        gain: mean of the paired differences, turned so that more is better.
    """

    metric: str
    genre: str
    champion: float
    challenger: float
    gain: Interval


class Verdict(NamedTuple):
    """`promoted` or not, `why` in words, and the `comparisons` that it rests on."""

    promoted: bool
    why: str
    comparisons: list[Comparison]


def decide(scores: pd.DataFrame, config: VerdictConfig) -> Verdict:
    """The verdict over a challenger.

    It is promoted if its gain in `config.metric` over all clips has an interval above 0, and if in no genre and no
    metric of `config.margins` it is worse by more than the margin, and if it has every score that the champion has.

    Args:
        scores: a row a clip and system: `system` ("champion", "challenger"), `clip_id`, `genre`, and a column a metric.
        config: what is asked.

    Returns:
        The verdict.

    Raises:
        ConfigError: for a metric that was not scored.
        ValueError: when the two were not scored on the same clips.
    """
    absent = sorted({config.metric, *config.margins} - set(scores.columns))
    if absent:
        raise ConfigError(f"{', '.join(absent)} was not scored.", f"Choose among {', '.join(_metrics(scores))}.")
    pairs = _paired(scores)
    overall = _compare(pairs, config.metric, "", config)
    genres = _genres(pairs, config)
    of_genres = [_compare(pairs, metric, genre, config) for metric in config.margins for genre in genres]
    faults = [_unscored(pairs, metric) for metric in dict.fromkeys([config.metric, *config.margins])]
    faults += [_worse(c, config) for c in of_genres]
    told = [fault for fault in faults if fault]
    better = bool(overall.gain.low > 0)
    return Verdict(better and not told, " ".join([_outcome(overall, better, config), *told]), [overall, *of_genres])


def higher_is_better(metric: str) -> bool:
    """Which way a metric goes.

    Args:
        metric: "loss", "loss_<stage>", or a key of metrics/keys.py.

    Returns:
        Whether more is better.

    Raises:
        ConfigError: for a metric of which neither is, such as one whose aim is the ground truth's own value.
    """
    if metric.startswith(LOSS):
        return False
    try:
        better = describe(metric).better
    except KeyError:
        better = "reference"
    if better == "reference":
        problem = f"{metric} does not say which of two models is better."
        raise ConfigError(problem, "Choose loss, or a score of beats or tempo.")
    return better == "higher"


def _paired(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    by_clip = scores.set_index("clip_id").sort_index()
    found = {name: by_clip[by_clip["system"] == name] for name in (CHAMPION, CHALLENGER)}
    if not found[CHAMPION].index.equals(found[CHALLENGER].index):
        raise ValueError("champion and challenger were not scored on the same clips")
    if found[CHAMPION].index.has_duplicates or found[CHAMPION].empty:
        raise ValueError("every clip is scored once for each, and there is at least one")
    return found


def _genres(pairs: dict[str, pd.DataFrame], config: VerdictConfig) -> list[str]:
    counts = pairs[CHAMPION]["genre"].fillna(UNKNOWN).value_counts()
    return sorted(counts[counts >= config.min_clips].index)


def _compare(pairs: dict[str, pd.DataFrame], metric: str, genre: str, config: VerdictConfig) -> Comparison:
    champion, challenger = pairs[CHAMPION], pairs[CHALLENGER]
    if genre:
        chosen = champion["genre"].fillna(UNKNOWN) == genre
        champion, challenger = champion[chosen], challenger[chosen]
    old, new = (of[metric].to_numpy(np.float64) for of in (champion, challenger))
    both = ~(np.isnan(old) | np.isnan(new))
    first, second = (new, old) if higher_is_better(metric) else (old, new)
    gain = paired_difference(first, second, config.seed, config.replicates, config.confidence)
    before, after = (float(values[both].mean()) if both.any() else float("nan") for values in (old, new))
    return Comparison(metric, genre, before, after, gain)


def _outcome(overall: Comparison, better: bool, config: VerdictConfig) -> str:
    gain, share = overall.gain, f"{100 * config.confidence:g} %"
    told = f"{gain.value:+.4g} [{gain.low:.4g}, {gain.high:.4g}] over {gain.n} clips ({share} interval)"
    if better:
        return f"Better in {overall.metric} by {told}."
    return f"Not better in {overall.metric} beyond the interval: {told}."


def _worse(comparison: Comparison, config: VerdictConfig) -> str:
    """What is wrong with a genre; "" where nothing is, or where too few clips have a value to tell."""
    metric, genre, gain = comparison.metric, comparison.genre, comparison.gain
    if gain.n < config.min_clips or gain.value >= -config.margins[metric]:
        return ""
    return f"In {genre} {metric} is worse by {-gain.value:.4g}, more than {config.margins[metric]:g}."


def _unscored(pairs: dict[str, pd.DataFrame], metric: str) -> str:
    """A clip that the challenger lost its score on, as silence loses its tempo, must not just drop out of the means."""
    lost = pairs[CHAMPION][metric].notna() & pairs[CHALLENGER][metric].isna()
    return f"The challenger has no {metric} on {lost.sum()} clips where the champion has one." if lost.any() else ""


def _metrics(scores: pd.DataFrame) -> list[str]:
    return [name for name in scores.columns if name not in ("system", "clip_id", "genre")]
