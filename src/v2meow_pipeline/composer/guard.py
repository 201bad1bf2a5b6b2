"""Detects generated windows that are silent or stuck in a loop, so that they are sampled again with another seed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.metrics.repetition import longest_loop
from v2meow_pipeline.metrics.silence import silent_share


class GuardConfig(Config):
    """Limits beyond which a window is sampled again.

    Music stays well below them: among 264 synthetic clips the longest loop covers .39 of the semantic tokens and .30 of
    the first acoustic level, or .52 of half a clip.

    Attributes:
        enabled: whether windows are checked.
        attempts: maximum number of further samples of a window; the last one is used even if it fails the check.
        loop_share: largest allowed share of new tokens inside one loop (`metrics.repetition.longest_loop`).
        loop_period_s: longest period that counts as a loop, seconds; music repeats with longer periods.
        silent_share: largest allowed share of silence in the new sound (`metrics.silence`).
    """

    enabled: bool = True
    attempts: int = Field(default=3, ge=1)
    loop_share: float = Field(default=0.6, gt=0, le=1)
    loop_period_s: float = Field(default=1.0, gt=0)
    silent_share: float = Field(default=0.5, gt=0, le=1)


class Redrawn(NamedTuple):
    """Record of a window of one clip that was sampled again.

    Attributes:
        clip: index in the batch.
        stage: name of the stage whose tokens were sampled again.
        window: index of the window, from 0.
        faults: description of the fault of each failed attempt.
        resolved: whether the last attempt passed the check.
    """

    clip: int
    stage: str
    window: int
    faults: tuple[str, ...]
    resolved: bool


def loop_fault(tokens: Int[np.ndarray, "level t"], rate_hz: int, config: GuardConfig) -> str | None:
    """Describes a loop in a window's tokens; None if there is no loop beyond the limit.

    Args:
        tokens: new tokens of one clip; only the first level is checked.
        rate_hz: frames per second.
        config: limits.

    Returns:
        A phrase for messages, or None.
    """
    loop = longest_loop(tokens[0], max(1, round(config.loop_period_s * rate_hz)))
    if loop.share <= config.loop_share:
        return None
    return f"{loop.share:.0%} of the tokens repeat in a loop of {loop.period / rate_hz:.2f} s"


def silence_fault(wave: np.ndarray, sample_rate_hz: int, config: GuardConfig) -> str | None:
    """Describes silence in a window's sound; None if it is within the limit.

    Args:
        wave: mono samples.
        sample_rate_hz: sample rate of `wave`.
        config: limits.

    Returns:
        A phrase for messages, or None.
    """
    share = silent_share(wave, sample_rate_hz) if len(wave) else 0.0
    return f"{share:.0%} of the sound is silence" if share > config.silent_share else None


def report(history: Sequence[Sequence[str | None]], stage: str, window: int) -> list[Redrawn]:
    """Collects the clips of a window that were sampled again.

    Args:
        history: for each clip, the fault of each attempt in order; None for an attempt that passed.
        stage: name of the stage.
        window: index of the window.

    Returns:
        One record per clip that was sampled again.
    """
    return [
        Redrawn(clip, stage, window, tuple(fault for fault in faults if fault), faults[-1] is None)
        for clip, faults in enumerate(history)
        if any(faults)
    ]
