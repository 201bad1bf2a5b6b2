"""Inserts audio prompts into the windows of a video: the first window, and each one that changes the style.

The known part of such a window, which otherwise is the music before, is the prompt. So the music of a video starts in
a window that lies before the video, and its tokens start with the prompt.

Shapes: `batch` clips, `level` codebooks, `t` frames of a stream, `width` dimension of a feature.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.audio_prompts import AudioPrompt, AudioPrompts
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.window_features import Features, delayed, held, with_events
from v2meow_pipeline.composer.windows import ClipWindow, overlap_s
from v2meow_pipeline.seeding import derive_seed


class PromptedWindows(NamedTuple):
    """Windows of music with audio prompts.

    Attributes:
        windows: windows in time from the start of the first prompt, which is one more than those of the video.
        seen: features of each window.
        styles: music-text embedding of each window, [batch, width], or None.
        prompts: prompt that replaces the end of the known part of each window; None for the music before.
        lead_s: duration of the first prompt, seconds.
    """

    windows: list[ClipWindow]
    seen: list[Features]
    styles: list[np.ndarray | None]
    prompts: list[AudioPrompt | None]
    lead_s: float

    def of_clip(self, index: int) -> "PromptedWindows":
        """Windows of one clip of the batch."""
        part = slice(index, index + 1)
        return self._replace(
            seen=[{name: values[part] for name, values in features.items()} for features in self.seen],
            styles=[None if style is None else style[part] for style in self.styles],
            prompts=[None if prompt is None else prompt.of_clip(index) for prompt in self.prompts],
        )

    def tokens_of(self, stream: str) -> list[Tensor | None]:
        """Prompt tokens of a stream for each window, int64 [batch, level, t]; None for the music before."""
        return [None if prompt is None else prompt.tokens.get(stream) for prompt in self.prompts]

    def in_video(self, window: int) -> int:
        """Number of the video's window, from 0, that the music of a window belongs to."""
        return window if self.lead_s == 0 else max(0, window - 1)

    def with_lead(self, stream: str, tokens: Tensor) -> Tensor:
        """Known tokens of the video, int64 [batch, level, t], with the first prompt before them."""
        return tokens if self.prompts[0] is None else torch.cat([self.prompts[0].tokens[stream], tokens], dim=2)


class PromptInserter:
    """Selects audio prompts by the style of each window, and inserts them.

    Args:
        audio_prompts: excerpts to select from; those that are shorter than a known part replace its end.
        clock: rates, and the duration of a window.
        config: overlap of windows, and number of prompts to draw from.
    """

    def __init__(self, audio_prompts: AudioPrompts, clock: Clock, config: ComposerConfig) -> None:
        self.audio_prompts, self.clock, self.config = audio_prompts, clock, config

    def insert(
        self,
        seen: Sequence[Features],
        windows: Sequence[ClipWindow],
        styles: Sequence[np.ndarray | None],
        seeds: Sequence[int],
    ) -> PromptedWindows | None:
        """Inserts a prompt at the start, if the first window has a style, and at each change of style.

        Args:
            seen: features of each window of the video, each as [batch, t, width].
            windows: windows of the video.
            styles: music-text embedding of each window, [batch, width], or None.
            seeds: one seed per clip.

        Returns:
            The windows with prompts; None if no window has a style.
        """
        if all(style is None for style in styles):
            return None
        lead_s = min(overlap_s(self.clock, self.config.overlap), self.audio_prompts.duration_s)
        clip_s = self.clock.clip_s
        plain = PromptedWindows(list(windows), list(seen), list(styles), [], 0.0)
        if styles[0] is not None:
            known = [ClipWindow(windows[0].start_s, clip_s - lead_s), *windows[1:]]
            later = [window._replace(start_s=window.start_s + lead_s) for window in known]
            first = delayed(seen[0], lead_s / clip_s)
            before = ClipWindow(0.0, lead_s)
            plain = PromptedWindows([before, *later], [first, *seen], [styles[0], *styles], [], lead_s)
        return self.replace_known(plain, seeds)

    def replace_known(self, plain: PromptedWindows, seeds: Sequence[int]) -> PromptedWindows:
        """Replaces the known part of each window whose style differs from that of the window before.

        Args:
            plain: windows without prompts.
            seeds: one seed per clip.

        Returns:
            The windows with prompts; the first window has one if it has a style.
        """
        features, prompts, before = list[Features](), list[AudioPrompt | None](), None
        for index, (window, part, style) in enumerate(zip(plain.windows, plain.seen, plain.styles, strict=True)):
            prompt = None
            if style is not None and (before is None or not np.array_equal(style, before)):
                window_seeds, share = [derive_seed(seed, index) for seed in seeds], window.known_s / self.clock.clip_s
                duration_s = min(window.known_s, self.audio_prompts.duration_s)
                prompt = self.audio_prompts.select(style, window_seeds, self.config.audio_prompt_choices, duration_s)
                part = with_events(held(part, share), prompt.events, share)
            features.append(part)
            prompts.append(prompt)
            before = style
        return plain._replace(seen=features, prompts=prompts)
