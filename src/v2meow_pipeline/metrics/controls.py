"""Control systems that put scores into context: ground truth, music of other clips, a metronome, and silence."""

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Indices, require_tempo
from v2meow_pipeline.seeding import derive_seed

GROUND_TRUTH = "ground_truth"
RANDOM_SHUFFLE = "random_shuffle"
CLICK_TRACK = "click_track"
SILENCE = "silence"
CONTROLS = (GROUND_TRUTH, RANDOM_SHUFFLE, CLICK_TRACK, SILENCE)

CLICK_HZ = 1_000.0
CLICK_S = 0.03
CLICK_PEAK = 0.5


def silence(samples: int) -> npt.NDArray[np.float32]:
    """Digital silence, `[samples]`."""
    return np.zeros(samples, dtype=np.float32)


def click_track(tempo_bpm: float, samples: int, sample_rate_hz: int) -> npt.NDArray[np.float32]:
    """Metronome from the start of the clip: 30 ms of a decaying 1 kHz tone on every beat.

    Args:
        tempo_bpm: tempo in beats per minute.
        samples: length in samples.
        sample_rate_hz: sample rate in Hz.

    Returns:
        Waveform with a peak of about 0.5, `[samples]`.
    """
    period = 60 / require_tempo(tempo_bpm) * sample_rate_hz
    t_s = np.arange(round(CLICK_S * sample_rate_hz)) / sample_rate_hz
    click = CLICK_PEAK * np.sin(2 * np.pi * CLICK_HZ * t_s) * np.exp(-t_s / (CLICK_S / 5))
    wave = np.zeros(samples + len(click))
    # Each start is rounded from its exact time: adding up rounded steps would accumulate error.
    for start in np.round(np.arange(0, samples, period)).astype(int):
        wave[start : start + len(click)] += click[: len(wave) - start]
    return wave[:samples].astype(np.float32)


def derangement(n: int, seed: int, groups: Sequence[Hashable] | None = None) -> Indices:
    """Random permutation that maps each clip to a clip of another group.

    Args:
        n: number of clips.
        seed: seeds the permutation.
        groups: group of each clip, such as its source video; by default each clip is its own group.

    Returns:
        Indices, `[n]`.

    Raises:
        ValueError: if a group has more than half of the clips, so that no such permutation exists.
    """
    of_clip = list(range(n)) if groups is None else list(groups)
    if len(of_clip) != n:
        raise ValueError(f"{n} clips and {len(of_clip)} groups do not match: give one group per clip")
    members: dict[Hashable, list[int]] = {}
    for clip, group in enumerate(of_clip):
        members.setdefault(group, []).append(clip)
    largest = max((len(clips) for clips in members.values()), default=0)
    if n < 2 or 2 * largest > n:
        raise ValueError(
            f"{n} clips, {largest} of one group, have no derangement: at least 2 clips are needed, and at most half of "
            "them in one group"
        )
    rng = np.random.default_rng(derive_seed(seed, RANDOM_SHUFFLE, n))
    order = list(members.values())
    # Clips ordered by group in random order, then rotated by the size of the largest group: no clip stays in its group.
    line = np.concatenate([rng.permutation(order[group]) for group in rng.permutation(len(order))])
    other = np.empty(n, dtype=np.int64)
    other[line] = np.roll(line, -largest)
    return other


def can_shuffle(n: int, groups: Sequence[Hashable] | None = None) -> bool:
    """Whether `derangement` has a solution.

    Args:
        n: number of clips.
        groups: group of each clip, see `derangement`.

    Returns:
        True if a derangement exists.
    """
    of_clip: Sequence[Hashable] = range(n) if groups is None else groups
    return n >= 2 and 2 * max(list(of_clip).count(group) for group in set(of_clip)) <= n
