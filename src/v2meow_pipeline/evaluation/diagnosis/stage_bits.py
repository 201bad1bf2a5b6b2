"""Bits per second of each stage: its cross-entropy on the true tokens, as a bit rate.

Conventions: teacher forcing, that is, each token is predicted from the preceding true tokens. Bits per second are the
cross-entropy in nats divided by ln 2, summed over the levels of the stage, times its frame rate. For the masked token
order it is the loss of the masked tokens, which is not a likelihood of the sequence.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.evaluation.diagnosis.config import DiagnoseConfig
from v2meow_pipeline.evaluation.diagnosis.systems import System, systems_of
from v2meow_pipeline.metrics.bootstrap import mean_interval, paired_difference
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow
from v2meow_pipeline.metrics.summary import MetricsConfig

BITS, SAVED = "bits_per_second_", "bits_per_second_saved_"


class StageBits(NamedTuple):
    """Bits per second of one stage, float64 [clip]: with video, and without (None for a stage without video input)."""

    with_video: np.ndarray
    without_video: np.ndarray | None

    @property
    def sees_video(self) -> bool:
        """Whether the stage is conditioned on the video."""
        return self.without_video is not None


def bits_per_second(level_losses: np.ndarray, rate_hz: float) -> np.ndarray:
    """Converts losses to bits per second.

    Args:
        level_losses: loss in nats per token, [clip, level].
        rate_hz: frame rate in Hz; each frame has one token per level.

    Returns:
        Bits per second, [clip].
    """
    bits: np.ndarray = level_losses.sum(axis=1) / math.log(2) * rate_hz
    return bits


def with_bits(result: EvaluationResult, bits: Mapping[str, StageBits], config: DiagnoseConfig) -> EvaluationResult:
    """Scores with the bits per second of the stages.

    Args:
        result: scores of the systems.
        bits: stream -> bits per second of the stage that generates it, in the order of the path.
        config: seed, and settings of the intervals.

    Returns:
        A copy of `result` with the rows of `bits_rows` at the end of its summary.
    """
    systems = systems_of({stream: of_stage.sees_video for stream, of_stage in bits.items()})
    return replace(result, summary=[*result.summary, *bits_rows(systems, bits, config.seed, config.metrics)])


def bits_rows(
    systems: Sequence[System], bits: Mapping[str, StageBits], seed: int, config: MetricsConfig
) -> list[SummaryRow]:
    """Bits per second of the stages that each system runs, and the reduction by the video.

    Args:
        systems: systems of the diagnosis.
        bits: stream -> bits per second of the stage that generates it.
        seed: seeds the bootstrap resampling of clips.
        config: settings of the intervals.

    Returns:
        Rows of `bits_per_second_<stream>`, and for systems with video `bits_per_second_saved_<stream>`: the paired
        difference to the same stage without video.
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
