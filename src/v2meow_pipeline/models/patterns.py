"""Token orders as data: at which decoder step each token of several levels is predicted.

An order is a matrix `step_of[level, t]`. A step may predict several tokens, of different levels; a level that has
none at a step holds the special token ("not yet", "no more", "not my turn"). So every order has one row a level,
and `build` and `revert` are a scatter and a gather.

Shapes: `level` codebooks, `t` frames, `step` decoder steps.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Int, Num
from torch import Tensor

from v2meow_pipeline.errors import ConfigError


def flatten(levels: int, t: int) -> Int[np.ndarray, "level t"]:
    """Time-major, one token a step: all levels of a frame, then the next frame (paper; AudioLM)."""
    return np.arange(t)[None, :] * levels + np.arange(levels)[:, None]


def delay(levels: int, t: int) -> Int[np.ndarray, "level t"]:
    """A frame a step, each level one step later than the one below it (MusicGen, Copet et al. 2023)."""
    return np.arange(t)[None, :] + np.arange(levels)[:, None]


def parallel(levels: int, t: int) -> Int[np.ndarray, "level t"]:
    """A frame a step, all its levels at once: they know of the past, not of one another."""
    return np.broadcast_to(np.arange(t)[None, :], (levels, t)).copy()


# "masked" has the places of "parallel"; its tokens are not predicted step by step but refined (models/refinement.py).
MASKED = "masked"
PATTERNS: dict[str, Callable[[int, int], np.ndarray]] = {
    "flatten": flatten,
    "delay": delay,
    "parallel": parallel,
    MASKED: parallel,
}


class TokenOrder:
    """One order for a number of levels and frames.

    Attributes:
        step_of: the step that predicts each token, [level, t].
        steps: how many steps there are.
        t_of: the frame that each step predicts at each level, [level, step]; -1 where it predicts none.
        frame_of_step: the latest frame that each step predicts: what the step's time is taken from.
    """

    def __init__(self, pattern: str, levels: int, t: int) -> None:
        """Lays the order out.

        Args:
            pattern: a key of `PATTERNS`.
            levels: codebooks.
            t: frames.

        Raises:
            ConfigError: for an unknown pattern.
        """
        if pattern not in PATTERNS:
            raise ConfigError(f"There is no token order {pattern!r}.", f"Choose one of {', '.join(PATTERNS)}.")
        self.step_of: Int[Tensor, "level t"] = torch.from_numpy(PATTERNS[pattern](levels, t).astype(np.int64))
        self.steps = int(self.step_of.max()) + 1
        frames = torch.arange(t).expand(levels, t)
        self.t_of: Int[Tensor, "level step"] = torch.full((levels, self.steps), -1).scatter_(1, self.step_of, frames)
        self.frame_of_step: Int[Tensor, step] = self.t_of.amax(dim=0)

    def first_open_step(self, t_known: int) -> int:
        """The first step that predicts a token of a frame from `t_known` on: all steps before it can be forced."""
        open_steps = self.step_of[:, t_known:]
        return int(open_steps.min()) if open_steps.numel() else self.steps

    def build_pattern_sequence(
        self, tokens: Num[Tensor, "batch level t"], special: int
    ) -> Num[Tensor, "batch level step"]:
        """The tokens (or other values, one a token) at their steps, `special` everywhere else."""
        batch, levels, _ = tokens.shape
        sequence = torch.full((batch, levels, self.steps), special, dtype=tokens.dtype, device=tokens.device)
        return sequence.scatter_(2, self.step_of.to(tokens.device).expand(batch, -1, -1), tokens)

    def revert_pattern_sequence(self, sequence: Int[Tensor, "batch level step"]) -> Int[Tensor, "batch level t"]:
        """The tokens of a sequence that `build_pattern_sequence` made."""
        return sequence.gather(2, self.step_of.to(sequence.device).expand(sequence.shape[0], -1, -1))
