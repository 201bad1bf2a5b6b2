"""One table for all families of metrics: identical, permuted, empty, a single clip, and NaN.

What single numbers must be (Table 2's F1, the authors' beat bins, FAD's closed form and SciPy's) is in each family's
own file; here is what all have in common. A clip is what a family scores, generated and reference being the same.
"""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from v2meow_pipeline.metrics import (
    beats,
    bias,
    consistency,
    diversity,
    drift,
    energy,
    fad,
    fad_bootstrap,
    harmony,
    information,
    keys,
    kld,
    memorisation,
    repetition,
    retrieval,
    rhythm,
    silence,
    synchrony,
    tempo,
)
from v2meow_pipeline.metrics.bootstrap import mean_interval
from v2meow_pipeline.metrics.controls import click_track

RATE, SECONDS, N_CLIPS = 16_000, 5, 4
Scores = dict[str, float]


class Family(NamedTuple):
    """A family of metrics as a function of a set of clips.

    Attributes:
        clip: the clip of a number.
        scores: of a set of clips, each the same as its reference.
        identical: what they must be for clips that equal their references; a part of the keys may do.
        single: the same for a single clip, or what the error says.
        nan: what the error says where a clip holds NaN; None where NaN is a value that is left out.
        published: whether its keys are those of tables.
    """

    clip: Callable[[int], Any]
    scores: Callable[[list[Any]], Scores]
    identical: Scores
    single: Scores | str
    nan: str | None
    published: bool = True


@functools.cache
def music(number: int) -> np.ndarray:
    """Clicks over a triad that swells, each clip with its own tempo and key."""
    t_s = np.arange(SECONDS * RATE) / RATE
    triad = sum(np.sin(2 * np.pi * 220 * 2 ** ((number + step) / 12) * t_s) for step in (0, 4, 7))
    wave = click_track(90.0 + 20 * number, len(t_s), RATE) + 0.03 * triad * (1 + 0.5 * np.sin(t_s))
    return wave.astype(np.float32)


def vectors(number: int) -> np.ndarray:
    return np.random.default_rng(number).normal(size=(20, 8))


def tokens(number: int) -> np.ndarray:
    return np.random.default_rng(number).permutation(100)


def tags(number: int) -> np.ndarray:
    return np.random.default_rng(number).uniform(size=50)


def times_s(number: int) -> np.ndarray:
    return np.arange(0.5 + 0.1 * number, SECONDS, 1.0)


def averaged(of_clip: Callable[[Any], Scores]) -> Callable[[list[Any]], Scores]:
    """A family that scores single clips: its set's scores are means."""

    def of_set(clips: list[Any]) -> Scores:
        rows = [of_clip(clip) for clip in clips]
        names = list(rows[0]) if rows else ["none"]
        return {name: mean_interval([row[name] for row in rows], 0).value for name in names}

    return of_set


def beats_of_set(clips: list[np.ndarray]) -> Scores:
    bins = [beats.onset_bins(wave, RATE, beats.ADJUSTED) for wave in clips]
    of_set = beats.set_scores([beats.beat_scores(one, one, beats.ADJUSTED) for one in bins])
    return {f"beat_{name}_adjusted": getattr(of_set, name) for name in ("coverage", "hit", "f1")}


def rhythm_of_clip(wave: np.ndarray) -> Scores:
    found = rhythm.analyse_rhythm(wave, RATE)
    return rhythm.rhythm_scores(found, found)


def tempo_of_clip(wave: np.ndarray) -> Scores:
    bpm = tempo.tempo_bpm(wave, RATE)
    return tempo.tempo_scores(bpm, bpm)


def fad_of_set(clips: list[np.ndarray]) -> Scores:
    frames = np.concatenate([np.zeros((0, 8)), *clips])
    return {"fad_test": fad.frechet_audio_distance(frames, frames).distance}


def fad_interval_of_set(clips: list[np.ndarray]) -> Scores:
    return {"fad_test": fad_bootstrap.fad_intervals(clips, {"same": clips}, 0, replicates=20)["same"].value}


def information_of_set(clips: list[np.ndarray]) -> Scores:
    return {"nmi": information.clip_information(clips, clips, 0, replicates=5)[0].value}


def retrieval_of_set(clips: list[np.ndarray]) -> Scores:
    unit = np.array([clip[0] / np.linalg.norm(clip[0]) for clip in clips]).reshape(-1, 8)
    found = retrieval.cross_retrieval(unit, unit, np.arange(len(unit)), 0)
    return {"recall_1": found.audio_to_text.recall[1].value, "cosine": found.matched_cosine.value}


def drift_of_set(clips: list[np.ndarray]) -> Scores:
    values = np.concatenate([np.zeros(0), *clips])
    found = drift.number_drift(values, values)
    return {"distance": found.distance, "shift": found.shift}


def harmony_of_clip(wave: np.ndarray) -> Scores:
    key = harmony.find_key(wave, RATE)
    scores = harmony.key_scores(key, key)
    return {name: score for name, score in scores.items() if name != "key_strength_kk"}


def energy_of_clip(wave: np.ndarray) -> Scores:
    return energy.loudness_correlations(*[energy.loudness_envelope(wave, RATE)] * 2, "reference")


def synchrony_of_clip(beats_s: np.ndarray) -> Scores:
    scores = synchrony.synchrony_scores(beats_s, beats_s, SECONDS, "cuts")
    return {"sync_share_cuts_100ms": scores["sync_share_cuts_100ms"]}


def diversity_of_set(clips: list[np.ndarray]) -> Scores:
    # Each clip's two seeds are one embedding, twice.
    return averaged(lambda clip: {"diversity_seeds_test": diversity.mean_pairwise_distance([clip[0], clip[0]])})(clips)


def memorisation_of_set(clips: list[np.ndarray]) -> Scores:
    control = memorisation.nearest_copies([np.arange(100, 200)], clips)
    found = memorisation.memorisation_scores(clips, clips, control, "semantic", 0)
    return {name: score.generated.value for name, score in found.items()}


def bias_of_set(clips: list[str]) -> Scores:
    # Four clips of each category; what a look and a genre are called says nothing.
    looks = [clip for clip in clips for _ in range(4)]
    found = bias.association(looks, looks, 0, replicates=5)
    return {"bias_cramers_v_test": round(found.cramers_v, 6)}


ONES_OF_RHYTHM = {"beat_f_librosa_70ms": 1.0, "beat_cemgil_librosa_40ms": 1.0, "onset_f_librosa_50ms": 1.0}
NO_ERROR = {"tempo_error": 0.0, "tempo_within_8pct": 1.0}
NO_DIVERGENCE = {"kld_renormalised_test": 0.0, "kld_bernoulli_test": 0.0}
NO_DIVERSITY = {"diversity_seeds_test": 0.0}
COPIES = {f"memorisation_{name}_semantic": 1.0 for name in memorisation.SIMILARITIES}
ALL_BEATS = {"beat_coverage_adjusted": 100.0, "beat_hit_adjusted": 100.0, "beat_f1_adjusted": 100.0}
SAME_KEY = {"key_agreement_kk": 1.0, "mode_agreement_kk": 1.0}
SAME_ENERGY = {"energy_pearson_reference_4hz": 1.0, "energy_spearman_reference_4hz": 1.0}
ZERO_FAD = {"fad_test": 0.0}

FAMILIES = {
    "beats": Family(music, beats_of_set, ALL_BEATS, ALL_BEATS, "finite"),
    "rhythm": Family(music, averaged(rhythm_of_clip), ONES_OF_RHYTHM, ONES_OF_RHYTHM, "finite"),
    "tempo": Family(music, averaged(tempo_of_clip), NO_ERROR, NO_ERROR, "finite"),
    "silence": Family(
        music,
        averaged(lambda wave: {"silent_share": silence.silent_share(wave, RATE)}),
        {"silent_share": 0.0},
        {"silent_share": 0.0},
        "finite",
    ),
    "fad": Family(vectors, fad_of_set, ZERO_FAD, ZERO_FAD, "finite"),
    "fad_bootstrap": Family(vectors, fad_interval_of_set, ZERO_FAD, ZERO_FAD, "finite"),
    "information": Family(tokens, information_of_set, {"nmi": 1.0}, {"nmi": 1.0}, "integers", published=False),
    "retrieval": Family(
        vectors, retrieval_of_set, {"recall_1": 1.0, "cosine": 1.0}, "cannot be matched", "finite", published=False
    ),
    "repetition": Family(
        tokens,
        averaged(lambda clip: {"repeated": repetition.repeated_share(clip)}),
        {"repeated": 0.0},
        {"repeated": 0.0},
        "integers",
        published=False,
    ),
    "drift": Family(tags, drift_of_set, {"distance": 0.0, "shift": 0.0}, {"distance": 0.0}, None, published=False),
    "kld": Family(
        tags, averaged(lambda clip: kld.tag_divergences(clip, clip, "test")), NO_DIVERGENCE, NO_DIVERGENCE, "finite"
    ),
    "consistency": Family(
        vectors,
        averaged(lambda clip: consistency.consistency_scores(clip, "test", clip, clip)),
        {"mcc_audio_test": 1.0, "mcc_text_test": 1.0},
        {"mcc_audio_test": 1.0, "mcc_text_test": 1.0},
        "finite",
    ),
    "harmony": Family(music, averaged(harmony_of_clip), SAME_KEY, SAME_KEY, "finite"),
    "energy": Family(music, averaged(energy_of_clip), SAME_ENERGY, SAME_ENERGY, "finite"),
    "synchrony": Family(
        times_s,
        averaged(synchrony_of_clip),
        {"sync_share_cuts_100ms": 1.0},
        {"sync_share_cuts_100ms": 1.0},
        "within",
    ),
    "diversity": Family(vectors, diversity_of_set, NO_DIVERSITY, NO_DIVERSITY, "finite"),
    "memorisation": Family(tokens, memorisation_of_set, COPIES, COPIES, "integers"),
    "bias": Family(
        lambda number: "abcd"[number],
        bias_of_set,
        {"bias_cramers_v_test": 1.0},
        {"bias_cramers_v_test": float("nan")},
        "no category",
    ),
}

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


def clips_of(family: Family, count: int = N_CLIPS) -> list[Any]:
    return [family.clip(number) for number in range(count)]


def agree(found: Scores, expected: Scores) -> None:
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-6, nan_ok=True)


@every_family
def test_what_equals_its_reference_scores_best(family: Family) -> None:
    """A score whose best value real music does not reach."""
    agree(family.scores(clips_of(family)), family.identical)


@every_family
def test_order_of_clips_says_nothing(family: Family) -> None:
    clips = clips_of(family)
    order = np.random.default_rng(0).permutation(len(clips))
    agree(family.scores([clips[i] for i in order]), family.scores(clips))


@every_family
def test_no_clip_raises(family: Family) -> None:
    """NaN, 0, or a warning of NumPy's, where nothing was evaluated."""
    with pytest.raises(ValueError, match=r"\w"):
        family.scores([])


@every_family
def test_a_single_clip_has_its_score_or_a_reason(family: Family) -> None:
    clips = clips_of(family, 1)
    if isinstance(family.single, dict):
        agree(family.scores(clips), family.single)
    else:
        with pytest.raises(ValueError, match=family.single):
            family.scores(clips)


@every_family
def test_nan_in_one_clip_is_not_passed_over(family: Family) -> None:
    """A mean that leaves out who failed."""
    *others, last = clips_of(family)
    if isinstance(last, str):
        broken: Any = float("nan")
    else:
        broken = np.array(last, dtype=np.float64)
        broken[len(broken) // 2] = np.nan
        if broken.ndim == 2:
            broken[0] = np.nan
    if family.nan is None:
        agree(family.scores([*others, broken]), family.identical)
        return
    with pytest.raises(ValueError, match=family.nan):
        family.scores([*others, broken])


@every_family
def test_every_published_key_is_explained(family: Family) -> None:
    """A column that nobody knows how to read."""
    if family.published:
        for name in family.scores(clips_of(family)):
            assert keys.describe(name).meaning
