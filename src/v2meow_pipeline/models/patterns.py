"""Codebook patterns (token orders): the decoder step at which each token of each level is predicted.

An order is a matrix `step_of[level, t]`. A step can predict several tokens of different levels; a level without a token
at a step has the special token there. So a sequence always has one row per level, and building and reverting it are a
scatter and a gather.

Shapes: `level` codebooks, `t` frames, `step` decoder steps.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Int, Num
from torch import Tensor

from v2meow_pipeline.errors import ConfigError


def flatten(levels: int, t: int) -> Int[np.ndarray, "level t"]:
    """One token per step: all levels of a frame, then the next frame (the paper; AudioLM)."""
    return np.arange(t)[None, :] * levels + np.arange(levels)[:, None]


def delay(levels: int, t: int) -> Int[np.ndarray, "level t"]:
    """One frame per step, each level delayed by one step relative to the level below (MusicGen, Copet et al. 2023)."""
    return np.arange(t)[None, :] + np.arange(levels)[:, None]


def parallel(levels: int, t: int) -> Int[np.ndarray, "level t"]:
    """One frame per step: all levels of a frame are predicted independently, given the previous frames."""
    return np.broadcast_to(np.arange(t)[None, :], (levels, t)).copy()


# "masked" has the layout of "parallel"; its tokens are refined iteratively rather than predicted step by step
# (models/refinement.py).
MASKED = "masked"
PATTERNS: dict[str, Callable[[int, int], np.ndarray]] = {
    "flatten": flatten,
    "delay": delay,
    "parallel": parallel,
    MASKED: parallel,
}


class TokenOrder:
    """A codebook pattern laid out for a given number of levels and frames.

    Attributes:
        step_of: step that predicts each token, [level, t].
        steps: number of steps.
        t_of: frame predicted at each level and step, [level, step]; -1 where there is none.
        frame_of_step: latest frame predicted at each step, [step]; defines the step's time.
    """

    def __init__(self, pattern: str, levels: int, t: int) -> None:
        """Lays out the pattern.

        Args:
            pattern: a key of `PATTERNS`.
            levels: number of codebooks.
            t: number of frames.

        Raises:
            ConfigError: if the pattern is unknown.
        """
        if pattern not in PATTERNS:
            raise ConfigError(f"Unknown token pattern {pattern!r}.", f"Choose one of {', '.join(PATTERNS)}.")
        self.step_of: Int[Tensor, "level t"] = torch.from_numpy(PATTERNS[pattern](levels, t).astype(np.int64))
        self.steps = int(self.step_of.max()) + 1
        frames = torch.arange(t).expand(levels, t)
        self.t_of: Int[Tensor, "level step"] = torch.full((levels, self.steps), -1).scatter_(1, self.step_of, frames)
        self.frame_of_step: Int[Tensor, step] = self.t_of.amax(dim=0)

    def first_open_step(self, t_known: int) -> int:
        """First step that predicts a token of a frame >= `t_known`; all tokens of earlier steps are known."""
        open_steps = self.step_of[:, t_known:]
        return int(open_steps.min()) if open_steps.numel() else self.steps

    def build_pattern_sequence(
        self, tokens: Num[Tensor, "batch level t"], special: int
    ) -> Num[Tensor, "batch level step"]:
        """Arranges tokens (or other values, one per token) by step, with `special` everywhere else."""
        batch, levels, _ = tokens.shape
        sequence = torch.full((batch, levels, self.steps), special, dtype=tokens.dtype, device=tokens.device)
        return sequence.scatter_(2, self.step_of.to(tokens.device).expand(batch, -1, -1), tokens)

    def revert_pattern_sequence(self, sequence: Int[Tensor, "batch level step"]) -> Int[Tensor, "batch level t"]:
        """Inverse of `build_pattern_sequence`."""
        return sequence.gather(2, self.step_of.to(sequence.device).expand(sequence.shape[0], -1, -1))
