"""A guard against silence and loops: what no one would call music is drawn again, with another seed."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.metrics.repetition import longest_loop
from v2meow_pipeline.metrics.silence import silent_share


class GuardConfig(Config):
    """When a window of tokens is drawn again.

    The limits lie well beyond music: of 264 synthetic clips the worst loops through .39 of its semantic and .30 of its
    first acoustic tokens, or .52 of half a clip.

    Attributes:
        enabled: False lets everything pass.
        attempts: times that a window is drawn again at most; what the last attempt gave is kept.
        loop_share: share of a window's new tokens that may go round in one loop, see `metrics.repetition.longest_loop`.
        loop_period_s: a loop's period at most, seconds: longer ones are how music repeats.
        silent_share: share of a window's new sound that may be silent, see `metrics.silence`.
    """

    enabled: bool = True
    attempts: int = Field(default=3, ge=1)
    loop_share: float = Field(default=0.6, gt=0, le=1)
    loop_period_s: float = Field(default=1.0, gt=0)
    silent_share: float = Field(default=0.5, gt=0, le=1)


class Redrawn(NamedTuple):
    """What the guard did about one window of one clip.

    Attributes:
        clip: its place in the batch.
        stage: whose tokens were drawn again.
        window: its number, from 0.
        faults: what was wrong, attempt by attempt, in words.
        resolved: whether the last attempt passed.
    """

    clip: int
    stage: str
    window: int
    faults: tuple[str, ...]
    resolved: bool


def loop_fault(tokens: Int[np.ndarray, "level t"], rate_hz: int, config: GuardConfig) -> str | None:
    """What is wrong with a window's tokens, in words; None where nothing is.

    Args:
        tokens: the new ones of one clip; the first level is judged.
        rate_hz: frames a second.
        config: limits.

    Returns:
        A sentence without its end, or None.
    """
    loop = longest_loop(tokens[0], max(1, round(config.loop_period_s * rate_hz)))
    if loop.share <= config.loop_share:
        return None
    return f"{loop.share:.0%} of the tokens go round in a loop of {loop.period / rate_hz:.2f} s"


def silence_fault(wave: np.ndarray, sample_rate_hz: int, config: GuardConfig) -> str | None:
    """What is wrong with a window's sound, in words; None where nothing is.

    Args:
        wave: mono samples.
        sample_rate_hz: of the wave.
        config: limits.

    Returns:
        A sentence without its end, or None.
    """
    share = silent_share(wave, sample_rate_hz) if len(wave) else 0.0
    return f"{share:.0%} of the sound is silence" if share > config.silent_share else None


def report(history: Sequence[Sequence[str | None]], stage: str, window: int) -> list[Redrawn]:
    """What the guard did about a window, clip by clip.

    Args:
        history: for each clip, what was wrong after each drawing; None where nothing was.
        stage: whose tokens.
        window: its number.

    Returns:
        An entry for each clip that was drawn again.
    """
    return [
        Redrawn(clip, stage, window, tuple(fault for fault in faults if fault), faults[-1] is None)
        for clip, faults in enumerate(history)
        if any(faults)
    ]
