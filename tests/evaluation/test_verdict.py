"""Whether a challenger is promoted."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.verdict import CHALLENGER, CHAMPION, VerdictConfig, decide, higher_is_better

CONFIG = VerdictConfig(replicates=200, margins={"loss": 0.1})
GENRES = ("jazz", "rock", "techno")
losses = st.lists(st.floats(1.0, 6.0), min_size=9, max_size=30)


def _scores(champion: list[float], challenger: list[float], metric: str = "loss") -> pd.DataFrame:
    clips = [f"clip-{i}" for i in range(len(champion))]
    genres = [GENRES[i % 3] for i in range(len(champion))]
    of = {CHAMPION: champion, CHALLENGER: challenger}
    return pd.concat(
        pd.DataFrame({"system": name, "clip_id": clips, "genre": genres, metric: values}) for name, values in of.items()
    )


@settings(deadline=None)
@given(losses)
def test_equals_do_not_replace_each_other(champion: list[float]) -> None:
    """Catches a promotion of what is the same."""
    verdict = decide(_scores(champion, champion), CONFIG)
    assert not verdict.promoted and "Not better" in verdict.why


@settings(deadline=None)
@given(losses, st.floats(0.01, 0.5))
def test_what_is_better_on_every_clip_is_promoted(champion: list[float], gain: float) -> None:
    """Catches a sign that is turned, and means that are not paired: the clips differ by more than the gain."""
    better = [value - gain for value in champion]
    assert decide(_scores(champion, better), CONFIG).promoted
    assert not decide(_scores(better, champion), CONFIG).promoted


@settings(deadline=None)
@given(losses, st.integers(0, 2**32 - 1))
def test_the_verdict_keeps_to_its_rules(champion: list[float], seed: int) -> None:
    """Catches a promotion without a gain beyond the interval, or in spite of a genre that lost more than its margin."""
    noise = np.random.default_rng(seed).normal(-0.1, 0.3, len(champion))
    scores = _scores(champion, list(np.asarray(champion) + noise))
    verdict = decide(scores, CONFIG)
    overall, *of_genres = verdict.comparisons
    worst = min(of_genre.gain.value for of_genre in of_genres)
    assert verdict.promoted == (overall.gain.low > 0 and worst >= -0.1)
    assert overall.gain.value == pytest.approx(-noise.mean())
    assert decide(scores.sample(frac=1, random_state=seed % 1000), CONFIG) == verdict


def test_a_genre_that_got_worse_holds_the_promotion_back() -> None:
    """Catches a mean that hides who pays for it."""
    champion = [4.0] * 12
    challenger = [4.3 if i % 3 == 1 else 3.0 for i in range(12)]
    verdict = decide(_scores(champion, challenger), CONFIG)
    assert not verdict.promoted
    assert "Better in loss" in verdict.why and "In rock loss is worse by 0.3, more than 0.1." in verdict.why
    assert decide(_scores(champion, challenger), CONFIG.model_copy(update={"margins": {"loss": 0.5}})).promoted


def test_genres_of_few_clips_have_no_say() -> None:
    """Catches a veto by one clip."""
    scores = _scores([4.0] * 10, [3.0] * 9 + [9.0])
    scores.loc[scores["clip_id"] == "clip-9", "genre"] = "polka"
    scores.loc[scores["clip_id"] == "clip-9", "loss"] = [4.0, 5.0]
    assert decide(scores, CONFIG).promoted
    assert not decide(scores, CONFIG.model_copy(update={"min_clips": 1})).promoted


def test_a_score_that_the_challenger_lost_does_not_drop_out() -> None:
    """Catches a challenger that is silent on its worst clips and better on the rest."""
    config = VerdictConfig(metric="tempo_error_to_truth", margins={}, replicates=200)
    scores = _scores([0.5] * 9, [0.1] * 8 + [float("nan")], "tempo_error_to_truth")
    verdict = decide(scores, config)
    assert not verdict.promoted and "no tempo_error_to_truth on 1 clips" in verdict.why


def test_clips_without_a_genre_are_a_group_of_their_own() -> None:
    """Catches clips that nobody looks at because nobody named their genre."""
    scores = _scores([4.0] * 9, [3.0] * 9).assign(genre=None)
    assert decide(scores, CONFIG).comparisons[1].genre == "unknown"


def test_directions_of_metrics() -> None:
    """Catches a beat score that is promoted for getting worse."""
    assert higher_is_better("beat_hit_adjusted") and not higher_is_better("loss_coarse")
    assert not higher_is_better("tempo_error_to_truth")
    for unfit in ("silent_share", "colour"):
        with pytest.raises(ConfigError):
            higher_is_better(unfit)
    gain = decide(
        _scores([1.0] * 9, [2.0] * 9, "beat_hit_adjusted"), VerdictConfig(metric="beat_hit_adjusted", margins={})
    )
    assert gain.promoted


def test_what_cannot_be_compared_is_refused() -> None:
    """Catches scores of different clips, and a metric that was not scored."""
    scores = _scores([4.0] * 9, [3.0] * 9)
    with pytest.raises(ConfigError, match="fad was not scored"):
        decide(scores, CONFIG.model_copy(update={"metric": "fad"}))
    with pytest.raises(ValueError, match="same clips"):
        decide(scores.iloc[:-1], CONFIG)
