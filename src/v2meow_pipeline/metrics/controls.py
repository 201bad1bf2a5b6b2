"""Control systems: what a score means is seen from what ground truth, other clips, a metronome and silence score."""

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array, Indices, require_tempo
from v2meow_pipeline.seeding import derive_seed

GROUND_TRUTH = "ground_truth"
RANDOM_SHUFFLE = "random_shuffle"
CLICK_TRACK = "click_track"
SILENCE = "silence"
CONTROLS = (GROUND_TRUTH, RANDOM_SHUFFLE, CLICK_TRACK, SILENCE)
FALLBACK_BPM = 120.0

CLICK_HZ = 1_000.0
CLICK_S = 0.03
CLICK_PEAK = 0.5


def silence(samples: int) -> npt.NDArray[np.float32]:
    """Digital silence, `[samples]`."""
    return np.zeros(samples, dtype=np.float32)


def click_track(tempo_bpm: float, samples: int, sample_rate_hz: int) -> npt.NDArray[np.float32]:
    """A metronome from the first instant: 30 ms of a decaying 1 kHz tone on every beat.

    Args:
        tempo_bpm: beats a minute.
        samples: length.
        sample_rate_hz: samples a second.

    Returns:
        `[samples]`, peak about 0.5.
    """
    period = 60 / require_tempo(tempo_bpm) * sample_rate_hz
    t_s = np.arange(round(CLICK_S * sample_rate_hz)) / sample_rate_hz
    click = CLICK_PEAK * np.sin(2 * np.pi * CLICK_HZ * t_s) * np.exp(-t_s / (CLICK_S / 5))
    wave = np.zeros(samples + len(click))
    # Each start is rounded from its own beat: rounded steps added up would drift.
    for start in np.round(np.arange(0, samples, period)).astype(int):
        wave[start : start + len(click)] += click[: len(wave) - start]
    return wave[:samples].astype(np.float32)


def derangement(n: int, seed: int, groups: Sequence[Hashable] | None = None) -> Indices:
    """For each clip, another clip, each used once, never of the same group.

    Args:
        n: clips.
        seed: decides the order.
        groups: what each clip belongs to, such as its source video; by default each clip to itself.

    Returns:
        Indices, `[n]`.

    Raises:
        ValueError: if a group holds more than half of the clips, so that no such order exists.
    """
    of_clip = list(range(n)) if groups is None else list(groups)
    if len(of_clip) != n:
        raise ValueError(f"{n} clips and {len(of_clip)} groups do not match")
    members: dict[Hashable, list[int]] = {}
    for clip, group in enumerate(of_clip):
        members.setdefault(group, []).append(clip)
    largest = max((len(clips) for clips in members.values()), default=0)
    if n < 2 or 2 * largest > n:
        raise ValueError(f"{n} clips, {largest} of one group, have no derangement")
    rng = np.random.default_rng(derive_seed(seed, RANDOM_SHUFFLE, n))
    order = list(members.values())
    # Groups side by side, in random order, moved on by the largest group: nobody lands in their own.
    line = np.concatenate([rng.permutation(order[group]) for group in rng.permutation(len(order))])
    other = np.empty(n, dtype=np.int64)
    other[line] = np.roll(line, -largest)
    return other


def control_systems(
    reference: Sequence[Array],
    sample_rate_hz: int,
    tempo_bpm: Sequence[float],
    seed: int,
    groups: Sequence[Hashable] | None = None,
) -> dict[str, list[Array]]:
    """Ground truth, random shuffle, click track and silence for every clip.

    Args:
        reference: ground-truth waves, `[n]` each, of equal lengths.
        sample_rate_hz: samples a second.
        tempo_bpm: the click track's tempo for each clip; 120 where it is NaN.
        seed: decides the shuffle.
        groups: clips that must not stand in for each other, such as those of one source; by default none.

    Returns:
        Name -> waves in the reference's order. A set that cannot be shuffled (one clip, one source) has no
        random shuffle, rather than a false one.

    Raises:
        ValueError: if the waves are of different lengths or tempi are missing.
    """
    if len({len(wave) for wave in reference}) > 1:
        raise ValueError("the reference waves are of different lengths, so they cannot stand in for each other")
    if len(tempo_bpm) != len(reference):
        raise ValueError(f"{len(tempo_bpm)} tempi for {len(reference)} clips")
    systems: dict[str, list[Array]] = {GROUND_TRUTH: list(reference)}
    if can_shuffle(len(reference), groups):
        systems[RANDOM_SHUFFLE] = [reference[other] for other in derangement(len(reference), seed, groups)]
    tempi = [FALLBACK_BPM if np.isnan(tempo) else tempo for tempo in tempo_bpm]
    systems[CLICK_TRACK] = [
        click_track(tempo, len(wave), sample_rate_hz) for tempo, wave in zip(tempi, reference, strict=True)
    ]
    systems[SILENCE] = [silence(len(wave)) for wave in reference]
    return systems


def can_shuffle(n: int, groups: Sequence[Hashable] | None = None) -> bool:
    """Whether every clip can be given one of another group.

    Args:
        n: clips.
        groups: as in `derangement`.

    Returns:
        True if a derangement exists.
    """
    of_clip: Sequence[Hashable] = range(n) if groups is None else groups
    return n >= 2 and 2 * max(list(of_clip).count(group) for group in set(of_clip)) <= n
