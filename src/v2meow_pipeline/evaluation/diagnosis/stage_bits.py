"""Bits per second of each stage: what its predictions of the true tokens leave undecided.

Conventions: teacher forcing, so each token is predicted from true ones before it. Bits per second are the cross-entropy
in nats over ln 2, summed over the levels of the stage, times its frames a second. For the masked token order it is the
loss of masked tokens, which is not a likelihood of the sequence.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.evaluation.diagnosis.systems import System
from v2meow_pipeline.metrics.bootstrap import mean_interval, paired_difference
from v2meow_pipeline.metrics.result import SummaryRow
from v2meow_pipeline.metrics.summary import EvaluateConfig

BITS, SAVED = "bits_per_second_", "bits_per_second_saved_"


class StageBits(NamedTuple):
    """Bits per second of one stage, float64 [clip]: with the video, and with it hidden; None if it sees no video."""

    with_video: np.ndarray
    without_video: np.ndarray | None

    @property
    def sees_video(self) -> bool:
        """Whether the stage sees the video."""
        return self.without_video is not None


def bits_per_second(level_losses: np.ndarray, rate_hz: float) -> np.ndarray:
    """Bits per second of losses.

    Args:
        level_losses: nats a token, [clip, level].
        rate_hz: frames a second, each of which has a token at every level.

    Returns:
        Bits per second, [clip].
    """
    bits: np.ndarray = level_losses.sum(axis=1) / math.log(2) * rate_hz
    return bits


def bits_rows(
    systems: Sequence[System], bits: Mapping[str, StageBits], seed: int, config: EvaluateConfig
) -> list[SummaryRow]:
    """The bits per second of the stages that each system runs, and what the video saves of them.

    Args:
        systems: rows of the table.
        bits: by the stream that the stage makes.
        seed: seeds the bootstrap resampling of clips.
        config: how intervals are made.

    Returns:
        `bits_per_second_<stream>`, and in systems with video `bits_per_second_saved_<stream>`: the difference to the
        same stage without video, clip by clip.
    """
    how = (seed, config.replicates, config.confidence)
    rows = []
    for stream, of_stage in bits.items():
        for system in systems:
            if stream in system.generated:
                shown = of_stage.with_video if system.video else of_stage.without_video
                interval = mean_interval(of_stage.with_video if shown is None else shown, *how)
                rows.append(SummaryRow(system.name, BITS + stream, *interval))
    for stream, of_stage in bits.items():
        for system in systems:
            if stream in system.generated and system.video and of_stage.without_video is not None:
                saved = paired_difference(of_stage.without_video, of_stage.with_video, *how)
                rows.append(SummaryRow(system.name, SAVED + stream, *saved))
    return rows
