"""Decision whether a challenger model replaces the champion, from their scores on the same clips."""

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
    """Requirements for a promotion.

    Attributes:
        metric: metric in which the challenger must be significantly better: "loss", or a per-clip metric.
        margins: metric -> largest tolerated degradation of the mean over a genre's clips, in the metric's unit.
        min_clips: minimum number of clips of a genre; smaller genres are ignored, since their means are unreliable.
        confidence: confidence level of the interval.
        replicates: number of bootstrap resamples of clips.
        seed: seed of the bootstrap resampling.
    """

    metric: str = LOSS
    margins: dict[str, float] = Field(default_factory=lambda: {LOSS: 0.05})
    min_clips: int = Field(default=3, ge=1)
    confidence: float = Field(default=CONFIDENCE, gt=0, lt=1)
    replicates: int = Field(default=2000, gt=0)
    seed: int = 0


class Comparison(NamedTuple):
    """Comparison of challenger and champion by one metric.

    Attributes:
        metric: key of the metric.
        genre: genre of the clips; "" for all clips.
        champion: mean of the champion.
        challenger: mean of the challenger.
        gain: mean paired difference with its interval, signed so that above 0 the challenger is better.
    """

    metric: str
    genre: str
    champion: float
    challenger: float
    gain: Interval


class Verdict(NamedTuple):
    """Decision: whether the challenger is `promoted`, `why` as text, and the underlying `comparisons`."""

    promoted: bool
    why: str
    comparisons: list[Comparison]


def decide(scores: pd.DataFrame, config: VerdictConfig) -> Verdict:
    """Decides whether the challenger replaces the champion.

    It does if the interval of its gain in `config.metric` over all clips is above 0, if it is not worse by more than
    the margin in any genre and metric of `config.margins`, and if it has a score wherever the champion has one.

    Args:
        scores: one row per clip and system with the columns `system` ("champion", "challenger"), `clip_id`, `genre`,
            and one column per metric.
        config: requirements.

    Returns:
        The verdict.

    Raises:
        ConfigError: if a metric was not scored.
        ValueError: if the two were not scored on the same clips.
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
    reasons = [fault for fault in faults if fault]
    better = bool(overall.gain.low > 0)
    why = " ".join([_outcome(overall, better, config), *reasons])
    return Verdict(better and not reasons, why, [overall, *of_genres])


def higher_is_better(metric: str) -> bool:
    """Direction of a metric.

    Args:
        metric: "loss", "loss_<stage>", or a key described in metrics/keys.py.

    Returns:
        True if higher values are better.

    Raises:
        ConfigError: if the metric has no better direction, for example if values near the ground truth's are better.
    """
    if metric.startswith(LOSS):
        return False
    try:
        better = describe(metric).better
    except KeyError:
        better = "reference"
    if better == "reference":
        problem = f"{metric} cannot rank models: neither higher nor lower values are better."
        raise ConfigError(problem, "Choose loss, or a score of beats or tempo.")
    return better == "higher"


def _paired(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    by_clip = scores.set_index("clip_id").sort_index()
    found = {name: by_clip[by_clip["system"] == name] for name in (CHAMPION, CHALLENGER)}
    if not found[CHAMPION].index.equals(found[CHALLENGER].index):
        raise ValueError("champion and challenger were not scored on the same clips: score both on all clips")
    if found[CHAMPION].index.has_duplicates or found[CHAMPION].empty:
        raise ValueError("champion and challenger need exactly one score per clip, for at least one clip")
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
    numbers = f"{gain.value:+.4g} [{gain.low:.4g}, {gain.high:.4g}] over {gain.n} clips ({share} interval)"
    if better:
        return f"Better in {overall.metric} by {numbers}."
    return f"Not better in {overall.metric} beyond the interval: {numbers}."


def _worse(comparison: Comparison, config: VerdictConfig) -> str:
    """Message about a genre that is worse than its margin; "" otherwise, or if too few clips have a value."""
    metric, genre, gain = comparison.metric, comparison.genre, comparison.gain
    if gain.n < config.min_clips or gain.value >= -config.margins[metric]:
        return ""
    return f"In {genre} {metric} is worse by {-gain.value:.4g}, more than {config.margins[metric]:g}."


def _unscored(pairs: dict[str, pd.DataFrame], metric: str) -> str:
    """Message about clips without a score of the challenger, which paired means would ignore (silence has no tempo)."""
    lost = pairs[CHAMPION][metric].notna() & pairs[CHALLENGER][metric].isna()
    return f"The challenger has no {metric} on {lost.sum()} clips where the champion has one." if lost.any() else ""


def _metrics(scores: pd.DataFrame) -> list[str]:
    return [name for name in scores.columns if name not in ("system", "clip_id", "genre")]
