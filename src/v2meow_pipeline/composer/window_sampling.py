"""Samples the tokens of a stage window by window, and samples faulty windows again.

Shapes: `batch` clips, `level` codebooks, `t` frames of a stream; a window is as long as a training clip.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.guard import Redrawn, loop_fault, report, silence_fault
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import token_frames
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.codec import Codec

Decode = Callable[[StageModel, Mapping[str, Tensor], Sequence[int], int, Tensor | None, str | None], Tensor]


class WindowSampler:
    """Samples tokens of stages; each window continues the end of the one before.

    Args:
        codec: codec that decodes coarse tokens, to detect silence.
        clock: rates, and the duration of a window.
        config: limits of the guard.
        decode: samples the tokens of one window (`Composer.decode`).
    """

    def __init__(self, codec: Codec, clock: Clock, config: ComposerConfig, decode: Decode) -> None:
        self.codec, self.clock, self.config, self.decode = codec, clock, config, decode

    def run(
        self,
        model: StageModel,
        conditions: Sequence[Mapping[str, Tensor]],
        windows: Sequence[ClipWindow],
        seeds: Sequence[int],
        prompts: Sequence[Tensor | None] = (None,),
    ) -> tuple[Tensor, list[Redrawn]]:
        """Samples the tokens of a stage for all windows.

        Args:
            model: the stage.
            conditions: conditions of each window.
            windows: windows of the clips; tokens of a window beyond the start of the next one's new part are replaced.
            seeds: one seed per clip.
            prompts: for the first windows, tokens that replace the end of the known part of each, int64 [batch, level,
                t]; None for the tokens before. That of the first window contains all tokens from time 0.

        Returns:
            Tokens, int64 [batch, level, t], from time 0, and the windows that were sampled again.
        """
        name, output = model.spec.name, model.spec.output
        tokens = torch.empty(len(seeds), model.levels, 0, dtype=torch.long) if prompts[0] is None else prompts[0]
        redrawn: list[Redrawn] = []
        for index, (window, span) in enumerate(zip(conditions, windows, strict=True)):
            first, known = (token_frames(output, self.clock, s) for s in (span.start_s, span.known_s))
            label = f"{name} tokens" if len(windows) == 1 else f"{name} tokens, window {index + 1}/{len(windows)}"
            prefix = tokens[:, :, first : first + known] if known else None
            prompt = prompts[index] if 0 < index < len(prompts) else None
            if prefix is not None and prompt is not None:
                prefix = torch.cat([prefix[:, :, : known - prompt.shape[2]], prompt], dim=2)
            made, history = self._guarded(
                model, window, [derive_seed(seed, name, index) for seed in seeds], prefix, label
            )
            redrawn += report(history, name, index)
            tokens = torch.cat([tokens[:, :, : first + known], made[:, :, known:]], dim=2)
        return tokens, redrawn

    def _guarded(
        self, model: StageModel, window: Mapping[str, Tensor], seeds: Sequence[int], prefix: Tensor | None, label: str
    ) -> tuple[Tensor, list[list[str | None]]]:
        """Tokens of one window; clips that are silent or stuck in a loop are sampled again."""
        guard = self.config.guard
        tokens = self._decode(model, window, seeds, prefix, label)
        if not guard.enabled:
            return tokens, []
        known = 0 if prefix is None else prefix.shape[-1]
        history = [[self._fault(model, of_clip, known)] for of_clip in tokens]
        for attempt in range(1, guard.attempts + 1):
            faulty = [clip for clip, faults in enumerate(history) if faults[-1] is not None]
            if not faulty:
                break
            again = [derive_seed(seeds[clip], "again", attempt) for clip in faulty]
            part = {name: values[faulty] for name, values in window.items()}
            tokens[faulty] = self._decode(model, part, again, None if prefix is None else prefix[faulty], label)
            for clip in faulty:
                history[clip].append(self._fault(model, tokens[clip], known))
        return tokens, history

    def _decode(
        self, model: StageModel, window: Mapping[str, Tensor], seeds: Sequence[int], prefix: Tensor | None, label: str
    ) -> Tensor:
        t = token_frames(model.spec.output, self.clock, self.clock.clip_s)
        return self.decode(model, window, seeds, t, prefix, label)

    def _fault(self, model: StageModel, tokens: Tensor, known: int) -> str | None:
        """Describes a fault in a clip's tokens [level, t] from frame `known` on; None if there is none."""
        guard, fresh = self.config.guard, tokens[:, known:].numpy()
        if not fresh.size:
            return None
        fault = loop_fault(fresh, model.rate_hz, guard)
        if fault is None and model.spec.output == "coarse":
            fault = silence_fault(self.codec.decode(fresh.astype(np.int16)), self.clock.sample_rate_hz, guard)
        return fault
