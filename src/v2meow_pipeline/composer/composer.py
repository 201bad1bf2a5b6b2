"""Visual features to waveform: three stages over windows of one clip each.

Shapes: `batch` clips, `level` codebooks, `t` frames of a stream; a window is as long as a training clip.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.windows import ClipWindow, cover
from v2meow_pipeline.media.decode import Window, iter_clip_frames
from v2meow_pipeline.models.decoding import decode, decode_in_blocks
from v2meow_pipeline.models.stages import MUSIC_TEXT, stage, token_frames
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed

Features = Mapping[str, np.ndarray]


class Composer:
    """Writes music for visual features, the same for the same seed whatever else is written beside it."""

    def __init__(self, bundle: Bundle, config: ComposerConfig | None = None) -> None:
        """A composer with trained models.

        Args:
            bundle: the models.
            config: sampling; None takes the defaults.
        """
        self.bundle = bundle
        self.config = config or ComposerConfig()
        self.clock = bundle.clock

    def windows(self, duration_s: float) -> list[ClipWindow]:
        """The windows that cover a video of `duration_s` seconds."""
        return cover(duration_s, self.clock, self.config.overlap)

    def watch(self, video: Path, windows: Sequence[ClipWindow]) -> list[Features]:
        """What the models see of a video, in one decode pass.

        Args:
            video: a local file.
            windows: as `windows` gave them.

        Returns:
            For each window, each feature as float32 [1, t_visual, width].
        """
        encoders = self.bundle.visual_encoders()
        spans = [Window(window.start_s, self.clock.clip_s) for window in windows]
        specs = {name: encoder.frames for name, encoder in encoders.items()}
        pictures = track(iter_clip_frames(video, spans, specs), "watching", len(spans))
        return [
            {name: encoder.encode(frames[name], self.clock.t_visual)[None] for name, encoder in encoders.items()}
            for frames in pictures
        ]

    def embed_prompt(self, prompt: str, batch: int) -> np.ndarray:
        """The music-text vector of a prompt, float32 [batch, 128], the same for each clip."""
        return np.repeat(self.bundle.music_text().embed_text([prompt]), batch, axis=0)

    def compose(
        self,
        seen: Sequence[Features],
        windows: Sequence[ClipWindow],
        seeds: Sequence[int],
        music_text: np.ndarray | None = None,
    ) -> np.ndarray:
        """Acoustic codes for clips of the same length.

        Args:
            seen: for each window, each feature as [batch, t_visual, width]; without any, no video is seen.
            windows: where they lie.
            seeds: one a clip.
            music_text: float32 [batch, 128] where the music was described; None where not.

        Returns:
            int16 [batch, acoustic_levels, t_acoustic of all windows].
        """
        conditions = [{name: torch.from_numpy(np.float32(value)) for name, value in window.items()} for window in seen]
        described = [dict(window) for window in conditions]
        if music_text is not None:
            for window in described:
                window[MUSIC_TEXT] = torch.from_numpy(np.float32(music_text))
        semantic = self._run("semantic", described, windows, seeds)
        for window, span in zip(conditions, windows, strict=True):
            window["semantic"] = self._cut("semantic", semantic, span)
        coarse = self._run("coarse", conditions, windows, seeds)
        fine = self._refine(coarse, seeds)
        return torch.cat([coarse, fine], dim=1).numpy().astype(np.int16)

    def render(self, codes: np.ndarray, duration_s: float | None = None) -> np.ndarray:
        """The waveform of codes.

        Args:
            codes: [acoustic_levels, t_acoustic].
            duration_s: cuts it to this length; None keeps all.

        Returns:
            float32 mono at the clock's rate.
        """
        wave = self.bundle.codec.decode(codes)
        return wave if duration_s is None else wave[: self.clock.samples(duration_s)]

    def _run(
        self, name: str, conditions: Sequence[Mapping[str, Tensor]], windows: Sequence[ClipWindow], seeds: Sequence[int]
    ) -> Tensor:
        """A stage's tokens over all windows [batch, level, t]; each window begins with the end of the one before."""
        model = self.bundle.stages[name]
        t = token_frames(stage(name).output, self.clock, self.clock.clip_s)
        tokens = torch.empty(len(seeds), model.levels, 0, dtype=torch.long)
        for index, (window, span) in enumerate(zip(conditions, windows, strict=True)):
            known = token_frames(stage(name).output, self.clock, span.known_s)
            label = f"{name} tokens" if len(windows) == 1 else f"{name} tokens, window {index + 1}/{len(windows)}"
            made = decode(
                model,
                window,
                [derive_seed(seed, name, index) for seed in seeds],
                t,
                self.config.of(name),
                prefix=tokens[:, :, tokens.shape[2] - known :] if known else None,
                rows=self.config.rows,
                progress=label,
            )
            tokens = torch.cat([tokens, made[:, :, known:]], dim=2)
        return tokens

    def _refine(self, coarse: Tensor, seeds: Sequence[int]) -> Tensor:
        model = self.bundle.stages["fine"]
        return decode_in_blocks(
            model,
            {"coarse": coarse},
            [derive_seed(seed, "fine") for seed in seeds],
            token_frames("fine", self.clock, model.crop_s),
            self.config.of("fine"),
            rows=self.config.rows,
            progress="fine tokens",
        )

    def _cut(self, stream: str, tokens: Tensor, span: ClipWindow) -> Tensor:
        first = token_frames(stage(stream).output, self.clock, span.start_s)
        return tokens[:, :, first : first + token_frames(stage(stream).output, self.clock, self.clock.clip_s)]
