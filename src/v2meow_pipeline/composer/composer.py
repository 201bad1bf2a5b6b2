"""Generates music from visual features: runs the stages over windows of one clip each.

Shapes: `batch` clips, `level` codebooks, `t` frames of a stream; a window is as long as a training clip.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.composer.audio_prompts import STREAMS
from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.composer.bundle_manifest import composer_of
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.guard import Redrawn
from v2meow_pipeline.composer.prompted_windows import PromptedWindows, PromptInserter
from v2meow_pipeline.composer.resolve import resolve_models
from v2meow_pipeline.composer.takes import likelihood_gain
from v2meow_pipeline.composer.window_conditions import window_conditions
from v2meow_pipeline.composer.window_sampling import WindowSampler
from v2meow_pipeline.composer.window_styles import MusicText, window_styles
from v2meow_pipeline.composer.windows import ClipWindow, cover
from v2meow_pipeline.encoders.base import AnyVisualEncoder, rows_of
from v2meow_pipeline.encoders.video_events import VideoEvents
from v2meow_pipeline.media.decode import Window, iter_clip_frames
from v2meow_pipeline.models.decoding import decode, decode_in_blocks
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import token_frames
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed

Features = Mapping[str, np.ndarray]


class Composition(NamedTuple):
    """Generated codes and what is known about them.

    Attributes:
        codes: int16 [batch, level, t_acoustic of all windows]; only the coarse levels if the path has no fine stage.
        redrawn: windows that were sampled again.
        likelihood_gain: float64 [batch], gain in log-likelihood of the semantic tokens from their conditions, nats per
            token; zeros if not requested, or if the path has no semantic stage.
        tokens: token streams by name, int64 [batch, level, t of all windows].
    """

    codes: np.ndarray
    redrawn: list[Redrawn]
    likelihood_gain: np.ndarray
    tokens: dict[str, Tensor]


class Composer:
    """Generates music; a clip's tokens depend on its features and seed, not on the rest of the batch.

    The networks are called in `visual_encoders`, `decode`, `refine`, `likelihood_gain`, and by `bundle.codec`; a
    subclass may compute these elsewhere.
    """

    def __init__(self, bundle: Bundle, config: ComposerConfig | None = None) -> None:
        """Stores the models and the sampling configuration.

        Args:
            bundle: trained models.
            config: sampling configuration; None takes the defaults.
        """
        self.bundle = bundle
        self.config = config or ComposerConfig()
        self.clock = bundle.clock

    @classmethod
    def from_pretrained(
        cls, path_or_name: str | Path | None = None, config: ComposerConfig | None = None
    ) -> "Composer":
        """Loads trained models.

        Args:
            path_or_name: folder of a packed bundle or of a training's checkpoints, or "release"; None takes the trained
                models of the project in the current folder, else the release.
            config: sampling configuration; None takes the one that the models were evaluated with.

        Returns:
            The composer.

        Raises:
            MissingModelError: when there are no models; StaleError when they do not belong together.
        """
        folder = resolve_models(path_or_name).folder
        config = config or composer_of(folder)
        return cls(Bundle.load(folder, config), config)

    def with_config(self, config: ComposerConfig) -> Self:
        """Composer of the same models with another sampling configuration."""
        return type(self)(self.bundle, config)

    @property
    def follows_events(self) -> bool:
        """Whether a stage is conditioned on event curves."""
        return any(stage.config.events for stage in self.bundle.stages.values())

    def windows(self, duration_s: float, cuts_s: Sequence[float] = ()) -> list[ClipWindow]:
        """Windows that cover a video of `duration_s` seconds; new parts of windows begin at `cuts_s`."""
        return cover(duration_s, self.clock, self.config.overlap, cuts_s)

    def extract_features(self, video: Path, windows: Sequence[ClipWindow], events: bool = False) -> list[Features]:
        """Extracts the visual features of a video in one decoding pass.

        Args:
            video: a local file.
            windows: windows of the video, from `windows`.
            events: whether to extract event curves even if the models do not use them.

        Returns:
            Per window, each feature as float32 [1, t_visual, width], and event curves as [1, t_event, 2].
        """
        encoders = self.visual_encoders()
        if events and VideoEvents.name not in encoders:
            encoders[VideoEvents.name] = VideoEvents(self.clock)
        spans = [Window(window.start_s, self.clock.clip_s) for window in windows]
        specs = {name: encoder.frames for name, encoder in encoders.items()}
        pictures = track(iter_clip_frames(video, spans, specs), "visual features", len(spans))
        return [
            {
                name: encoder.encode(frames[name], rows_of(encoder, self.clock, self.clock.clip_s))[None]
                for name, encoder in encoders.items()
            }
            for frames in pictures
        ]

    def visual_encoders(self) -> dict[str, AnyVisualEncoder]:
        """Visual encoders whose features the stages need, by name."""
        return self.bundle.visual_encoders()

    def embed_prompt(self, prompt: str, batch: int) -> np.ndarray:
        """Music-text embedding of a prompt, float32 [batch, 128], repeated for each clip."""
        return np.repeat(self.bundle.music_text().embed_text([prompt]), batch, axis=0)

    def compose(
        self,
        seen: Sequence[Features],
        windows: Sequence[ClipWindow],
        seeds: Sequence[int],
        music_text: MusicText = None,
        measure_gain: bool = False,
        given: Mapping[str, Tensor] | None = None,
        before: Mapping[str, Tensor] | None = None,
    ) -> Composition:
        """Generates acoustic codes for clips of equal duration.

        Args:
            seen: per window, each feature as [batch, t_visual, width]; empty to generate without video.
            windows: windows of the clips.
            seeds: one seed per clip.
            music_text: music-text embeddings, float32 [batch, 128], or one such value or None per window; None predicts
                them from the video if `predict_music_text` is on, and else generates without.
            measure_gain: whether to compute `likelihood_gain` (takes.py).
            given: known token streams by name, int64 [batch, level, t of all windows]; their stages are skipped.
            before: music that the first window continues: token streams by name, int64 [batch, level, t], from time 0
                to the first new token.

        Returns:
            The codes of all windows, with the windows that were sampled again.
        """
        tokens: dict[str, Tensor] = dict(given or {})
        redrawn: list[Redrawn] = []
        gain = np.zeros(len(seeds))
        styles = window_styles(music_text, seen, self.bundle.predictor)
        prompted = None if before else self._prompted(seen, windows, styles, seeds, tokens)
        if prompted is not None:
            tokens = {name: prompted.with_lead(name, values) for name, values in tokens.items()}
            windows, seen, styles = prompted.windows, prompted.seen, prompted.styles
        for name, model in self.bundle.stages.items():
            if name in tokens:
                continue
            if name == "fine":
                tokens[name] = self.refine(tokens["coarse"], seeds)
                continue
            conditions = self.conditions(model, seen, tokens, windows, styles)
            prompts = [(before or {}).get(name)] if prompted is None else prompted.tokens_of(name)
            tokens[name], drawn_again = self.sample(model, conditions, windows, seeds, prompts)
            redrawn += drawn_again
            if measure_gain and name == "semantic":
                gain = self._gain(model, conditions, windows, tokens[name])
        if prompted is not None:
            tokens = {name: values[:, :, self._frames(name, prompted.lead_s) :] for name, values in tokens.items()}
            redrawn = [entry._replace(window=prompted.in_video(entry.window)) for entry in redrawn]
        return Composition(self.codes_of(tokens), redrawn, gain, tokens)

    def codes_of(self, tokens: Mapping[str, Tensor]) -> np.ndarray:
        """Codes of the codec, int16 [batch, level, t_acoustic], from token streams by name."""
        acoustic = [tokens[name] for name in self.bundle.stages if name != "semantic"]
        return torch.cat(acoustic, dim=1).numpy().astype(np.int16)

    def render(self, codes: np.ndarray, duration_s: float | None = None) -> np.ndarray:
        """Decodes codes to a waveform.

        Args:
            codes: [level, t_acoustic], the first levels of the codec.
            duration_s: duration to cut the waveform to, seconds; None keeps all of it.

        Returns:
            float32 [samples], mono, at the clock's rate.
        """
        wave = self.bundle.codec.decode(codes)
        return wave if duration_s is None else wave[: self.clock.samples(duration_s)]

    def conditions(
        self,
        model: StageModel,
        seen: Sequence[Features],
        tokens: Mapping[str, Tensor],
        windows: Sequence[ClipWindow],
        styles: Sequence[np.ndarray | None],
    ) -> list[dict[str, Tensor]]:
        """Selects the conditions of one stage for each window.

        Args:
            model: the stage.
            seen: features of each window.
            tokens: token streams of earlier stages by name, int64 [batch, level, t of all windows].
            windows: windows of the clips.
            styles: music-text embeddings of each window.

        Returns:
            Values by stream name, of each window.
        """
        return [
            window_conditions(model, features, tokens, window, style, self.clock, self.config.dynamics)
            for features, window, style in zip(seen, windows, styles, strict=True)
        ]

    def sample(
        self,
        model: StageModel,
        conditions: Sequence[Mapping[str, Tensor]],
        windows: Sequence[ClipWindow],
        seeds: Sequence[int],
        prompts: Sequence[Tensor | None] = (None,),
    ) -> tuple[Tensor, list[Redrawn]]:
        """Samples the tokens of a stage for all windows (window_sampling.py).

        Args:
            model: the stage.
            conditions: conditions of each window.
            windows: windows of the clips.
            seeds: one seed per clip.
            prompts: see `WindowSampler.run`.

        Returns:
            Tokens, int64 [batch, level, t], and the windows that were sampled again.
        """
        sampler = WindowSampler(self.bundle.codec, self.clock, self.config, self.decode)
        return sampler.run(model, conditions, windows, seeds, prompts)

    def decode(
        self,
        model: StageModel,
        conditions: Mapping[str, Tensor],
        seeds: Sequence[int],
        t: int,
        prefix: Tensor | None = None,
        label: str | None = None,
    ) -> Tensor:
        """Samples the tokens of one window, int64 [batch, level, t]; the arguments are those of `decoding.decode`."""
        sampling = self.config.of(model.spec.name)
        return decode(model, conditions, seeds, t, sampling, prefix=prefix, rows=self.config.rows, progress=label)

    def refine(self, coarse: Tensor, seeds: Sequence[int]) -> Tensor:
        """Samples the tokens of the fine stage, int64 [batch, level, t], for coarse tokens of that shape."""
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

    def _prompted(
        self,
        seen: Sequence[Features],
        windows: Sequence[ClipWindow],
        styles: Sequence[np.ndarray | None],
        seeds: Sequence[int],
        given: Mapping[str, Tensor],
    ) -> PromptedWindows | None:
        """The windows with audio prompts; None without any, or if no stage that continues a prompt generates."""
        audio_prompts = self.bundle.audio_prompts
        if audio_prompts is None or all(name in given for name in STREAMS if name in self.bundle.stages):
            return None
        return PromptInserter(audio_prompts, self.clock, self.config).insert(seen, windows, styles, seeds)

    def likelihood_gain(self, model: StageModel, conditions: Mapping[str, Tensor], tokens: Tensor) -> np.ndarray:
        """Gain in log-likelihood of the tokens of one window from their conditions (takes.py)."""
        return likelihood_gain(model, conditions, tokens)

    def _frames(self, name: str, duration_s: float) -> int:
        """Number of frames of a stage's tokens."""
        return token_frames(self.bundle.stages[name].spec.output, self.clock, duration_s)

    def _gain(
        self,
        model: StageModel,
        conditions: Sequence[Mapping[str, Tensor]],
        windows: Sequence[ClipWindow],
        tokens: Tensor,
    ) -> np.ndarray:
        """Mean over windows of the gain in log-likelihood from the conditions."""
        output, t = model.spec.output, token_frames(model.spec.output, self.clock, self.clock.clip_s)
        firsts = [token_frames(output, self.clock, window.start_s) for window in windows]
        gains = [
            self.likelihood_gain(model, given, tokens[:, :, first : first + t])
            for given, first in zip(conditions, firsts, strict=True)
        ]
        return np.mean(gains, axis=0)
