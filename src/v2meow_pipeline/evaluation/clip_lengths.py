"""Lengths of clips that are shorter than the clock's, such as segments of dances.

The audio of such clips is stored zero-padded, and music is always generated for a full clip. Sets are therefore trimmed
(`AudioSet.trimmed`): otherwise a system would be penalised for the music after the end of the clip, and silence would
score best.
"""

from collections.abc import Sequence

import pandas as pd

from v2meow_pipeline.clock import Clock


def clip_lengths(clips: pd.DataFrame, clock: Clock) -> list[int]:
    """Length of each clip in samples, at most that of a full clip.

    Args:
        clips: rows of the manifest.
        clock: sample rate of the audio and length of a full clip.

    Returns:
        Numbers of samples in the order of `clips`.
    """
    seconds = (clips["end_s"] - clips["start_s"]).astype(float)
    return [min(clock.samples(lasts_s), clock.clip_samples) for lasts_s in seconds]


def full_clips(lengths: Sequence[int], clock: Clock) -> list[int]:
    """Indices of the clips that have the clock's full length."""
    return [index for index, samples in enumerate(lengths) if samples == clock.clip_samples]
