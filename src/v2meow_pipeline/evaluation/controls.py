"""Control systems without a model: ground truth, music of other clips, a metronome, and silence."""

from collections.abc import Hashable, Sequence
from functools import partial

import numpy as np

from v2meow_pipeline.evaluation.audio_sets import AudioClip, AudioSet
from v2meow_pipeline.metrics.controls import (
    CLICK_TRACK,
    GROUND_TRUTH,
    RANDOM_SHUFFLE,
    SILENCE,
    can_shuffle,
    click_track,
    derangement,
    silence,
)

FALLBACK_BPM = 120.0


def control_systems(
    truth: AudioSet,
    sample_rate_hz: int,
    tempo_bpm: Sequence[float],
    seed: int,
    groups: Sequence[Hashable] | None = None,
) -> dict[str, AudioSet]:
    """Ground truth, random shuffle, click track and silence for every clip.

    Args:
        truth: ground truth, with clips of one length.
        sample_rate_hz: sample rate in Hz.
        tempo_bpm: tempo of the click track for each clip in BPM; NaN means 120.
        seed: seeds the shuffle.
        groups: group of each clip, such as its source video; clips of one group are never exchanged. By default each
            clip is its own group.

    Returns:
        Name -> audio. The random shuffle is left out if no derangement exists (one clip, one source).

    Raises:
        ValueError: if the clips have different lengths or tempi are missing.
    """
    if len({clip.samples for clip in truth.clips}) > 1:
        raise ValueError("the reference waves have different lengths and cannot be shuffled: cut them to one length")
    if len(tempo_bpm) != len(truth):
        raise ValueError(f"{len(tempo_bpm)} tempi for {len(truth)} clips: give one tempo per clip, NaN if unknown")
    tempi = [FALLBACK_BPM if np.isnan(tempo) else tempo for tempo in tempo_bpm]
    clicks = [
        clip._replace(source=partial(click_track, tempo, clip.samples, sample_rate_hz))
        for tempo, clip in zip(tempi, truth.clips, strict=True)
    ]
    silent = [AudioClip(clip.clip_id, clip.samples, partial(silence, clip.samples)) for clip in truth.clips]
    return {
        GROUND_TRUTH: truth,
        **random_shuffle(truth, seed, groups),
        CLICK_TRACK: AudioSet(tuple(clicks)),
        SILENCE: AudioSet(tuple(silent)),
    }


def random_shuffle(truth: AudioSet, seed: int, groups: Sequence[Hashable] | None = None) -> dict[str, AudioSet]:
    """The random shuffle alone.

    Args:
        truth: ground truth, with clips of one length.
        seed: seeds the shuffle.
        groups: group of each clip, see `control_systems`.

    Returns:
        Name -> audio; empty if no derangement exists.
    """
    if not can_shuffle(len(truth), groups):
        return {}
    return {RANDOM_SHUFFLE: truth.exchanged(derangement(len(truth), seed, groups).tolist())}
