"""Trials of a rater: which pairs, in which order, with which system first."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from v2meow_pipeline.config import Config
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.study.design import AttentionCheck, Pair, StudyDesign
from v2meow_pipeline.study.stimuli import HEADPHONE_TRIALS


class Trial(Config):
    """A trial of a rater.

    Attributes:
        kind: "pair" for a comparison of two systems, "check" for an attention check.
        clip: name of the clip.
        first: file of the track that is presented as Music 1.
        second: file of the track that is presented as Music 2.
        first_system: system of the first track; empty for a check.
        second_system: system of the second track; empty for a check.
        pair: identifier of the pair (`Pair.key`); empty for a check.
        beeps_second: in a check, whether the second track has the beeps.
    """

    kind: Literal["pair", "check"]
    clip: str
    first: str
    second: str
    first_system: str = ""
    second_system: str = ""
    pair: str = ""
    beeps_second: bool = False


class Plan(Config):
    """Trials and sounds of the headphone check of one rater, in order.

    Attributes:
        trials: trials.
        headphones: indices into `StudyDesign.headphone_sounds`, one row per attempt.
    """

    trials: tuple[Trial, ...]
    headphones: tuple[tuple[int, ...], ...]


def plan_for(design: StudyDesign, number: int, attempts: int) -> Plan:
    """Plan of one rater, a function of the study's seed and the number of the rater.

    Raters take turns in a random sequence of all pairs, so the numbers of raters per pair differ by at most one. Each
    time that the sequence starts again, the sides of all pairs are swapped, so both orders are equally frequent.

    Args:
        design: design of the study.
        number: number of the rater, from 0.
        attempts: number of attempts at the headphone check.

    Returns:
        The plan.
    """
    random = np.random.default_rng(derive_seed(design.config.seed, "rater", number))
    trials = [_pair_trial(design, pair, swapped) for pair, swapped in _assigned(design, number)]
    trials = [trials[index] for index in random.permutation(len(trials))]
    checks = [_check_trial(check, bool(random.integers(2))) for check in design.checks]
    sounds = [tuple(random.permutation(HEADPHONE_TRIALS).tolist()) for _ in range(attempts)]
    return Plan(trials=tuple(_spread(trials, checks, random)), headphones=tuple(sounds))


def _assigned(design: StudyDesign, number: int) -> list[tuple[Pair, bool]]:
    """Pairs of a rater, and whether the systems of each pair are swapped."""
    pairs, seed = design.pairs(), design.config.seed
    random = np.random.default_rng(derive_seed(seed, "pairs"))
    sequence = random.permutation(len(pairs))
    # Half of the pairs start swapped.
    starts_swapped = random.permutation(np.arange(len(pairs)) % 2 == 0)
    count = min(design.config.pairs_per_rater, len(pairs))
    turns = [divmod(number * count + index, len(pairs)) for index in range(count)]
    chosen = [(int(sequence[position]), cycle) for cycle, position in turns]
    return [(pairs[index], bool(starts_swapped[index]) ^ bool(cycle % 2)) for index, cycle in chosen]


def _pair_trial(design: StudyDesign, pair: Pair, swapped: bool) -> Trial:
    first, second = (pair.system_b, pair.system_a) if swapped else (pair.system_a, pair.system_b)
    tracks = design.clip(pair.clip).tracks
    return Trial(
        kind="pair",
        clip=pair.clip,
        first=tracks[first],
        second=tracks[second],
        first_system=first,
        second_system=second,
        pair=pair.key,
    )


def _check_trial(check: AttentionCheck, beeps_second: bool) -> Trial:
    first, second = (check.plain, check.beeps) if beeps_second else (check.beeps, check.plain)
    return Trial(kind="check", clip=check.clip, first=first, second=second, beeps_second=beeps_second)


def _spread(trials: Sequence[Trial], checks: Sequence[Trial], random: np.random.Generator) -> list[Trial]:
    """Inserts each check at a random place of its own part of the trials, never before the first trial."""
    bounds = np.linspace(1, len(trials), len(checks) + 1).round().astype(int)
    places = [int(random.integers(low, max(low, high - 1) + 1)) for low, high in pairwise(bounds)]
    spread = list(trials)
    for place, check in sorted(zip(places, checks, strict=True), key=lambda entry: -entry[0]):
        spread.insert(place, check)
    return spread
