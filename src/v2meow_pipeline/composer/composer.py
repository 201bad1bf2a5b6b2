"""Generates music from visual features: runs the stages over windows of one clip each.

Shapes: `batch` clips, `level` codebooks, `t` frames of a stream; a window is as long as a training clip.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.composer.bundle_manifest import composer_of
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.guard import Redrawn, loop_fault, report, silence_fault
from v2meow_pipeline.composer.resolve import resolve_models
from v2meow_pipeline.composer.takes import likelihood_gain
from v2meow_pipeline.composer.windows import ClipWindow, cover
from v2meow_pipeline.encoders.base import rows_of
from v2meow_pipeline.encoders.event_curves import with_dynamics
from v2meow_pipeline.encoders.video_events import VideoEvents
from v2meow_pipeline.media.decode import Window, iter_clip_frames
from v2meow_pipeline.models.decoding import decode, decode_in_blocks
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import EVENTS, MUSIC_TEXT, token_frames
from v2meow_pipeline.models.streams import VisualTokens
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
    """

    codes: np.ndarray
    redrawn: list[Redrawn]
    likelihood_gain: np.ndarray


class Composer:
    """Generates music; a clip's tokens depend on its features and seed, not on the rest of the batch."""

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

    @property
    def follows_events(self) -> bool:
        """Whether a stage is conditioned on event curves."""
        return any(stage.config.events for stage in self.bundle.stages.values())

    def windows(self, duration_s: float) -> list[ClipWindow]:
        """Windows that cover a video of `duration_s` seconds."""
        return cover(duration_s, self.clock, self.config.overlap)

    def extract_features(self, video: Path, windows: Sequence[ClipWindow], events: bool = False) -> list[Features]:
        """Extracts the visual features of a video in one decoding pass.

        Args:
            video: a local file.
            windows: windows of the video, from `windows`.
            events: whether to extract event curves even if the models do not use them.

        Returns:
            Per window, each feature as float32 [1, t_visual, width], and event curves as [1, t_event, 2].
        """
        encoders = self.bundle.visual_encoders()
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

    def embed_prompt(self, prompt: str, batch: int) -> np.ndarray:
        """Music-text embedding of a prompt, float32 [batch, 128], repeated for each clip."""
        return np.repeat(self.bundle.music_text().embed_text([prompt]), batch, axis=0)

    def compose(
        self,
        seen: Sequence[Features],
        windows: Sequence[ClipWindow],
        seeds: Sequence[int],
        music_text: np.ndarray | None = None,
        measure_gain: bool = False,
        given: Mapping[str, Tensor] | None = None,
    ) -> Composition:
        """Generates acoustic codes for clips of equal duration.

        Args:
            seen: per window, each feature as [batch, t_visual, width]; empty to generate without video.
            windows: windows of the clips.
            seeds: one seed per clip.
            music_text: music-text embeddings, float32 [batch, 128]; None predicts them from the video if
                `predict_music_text` is on, and else generates without.
            measure_gain: whether to compute `likelihood_gain` (takes.py).
            given: known token streams by name, int64 [batch, level, t of all windows]; their stages are skipped.

        Returns:
            The codes of all windows, with the windows that were sampled again.
        """
        tokens: dict[str, Tensor] = dict(given or {})
        redrawn: list[Redrawn] = []
        gain = np.zeros(len(seeds))
        if music_text is None:
            music_text = self._predicted_music_text(seen)
        for name, model in self.bundle.stages.items():
            if name in tokens:
                continue
            if name == "fine":
                tokens[name] = self._refine(tokens["coarse"], seeds)
                continue
            conditions = [
                self._conditions(model, features, tokens, span, music_text)
                for features, span in zip(seen, windows, strict=True)
            ]
            tokens[name], drawn_again = self._run(model, conditions, windows, seeds)
            redrawn += drawn_again
            if measure_gain and name == "semantic":
                gain = self._gain(model, conditions, windows, tokens[name])
        acoustic = [tokens[name] for name in self.bundle.stages if name != "semantic"]
        return Composition(torch.cat(acoustic, dim=1).numpy().astype(np.int16), redrawn, gain)

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

    def _predicted_music_text(self, seen: Sequence[Features]) -> np.ndarray | None:
        """One embedding per clip for all its windows, so that the style of the music does not change between them."""
        predictor = self.bundle.predictor
        if predictor is None or not all(seen):
            return None
        return predictor.predict({name: np.concatenate([part[name] for part in seen], axis=1) for name in seen[0]})

    def _conditions(
        self,
        model: StageModel,
        features: Features,
        tokens: Mapping[str, Tensor],
        span: ClipWindow,
        music_text: np.ndarray | None,
    ) -> dict[str, Tensor]:
        """Selects the conditions of one stage for one window."""
        spec = model.spec
        conditions = {
            name: torch.from_numpy(
                np.asarray(features[name], np.int64 if isinstance(kind, VisualTokens) else np.float32)
            )
            for name, kind in model.config.features.items()
            if spec.visual and name in features
        }
        if model.config.events and EVENTS in features:
            conditions[EVENTS] = torch.from_numpy(with_dynamics(features[EVENTS], self.config.dynamics))
        if spec.music_text and music_text is not None:
            conditions[MUSIC_TEXT] = torch.from_numpy(np.float32(music_text))
        for stream in spec.tokens_in:
            first, t = (token_frames(stream, self.clock, s) for s in (span.start_s, self.clock.clip_s))
            conditions[stream] = tokens[stream][:, :, first : first + t]
        return conditions

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
            likelihood_gain(model, given, tokens[:, :, first : first + t])
            for given, first in zip(conditions, firsts, strict=True)
        ]
        return np.mean(gains, axis=0)

    def _run(
        self,
        model: StageModel,
        conditions: Sequence[Mapping[str, Tensor]],
        windows: Sequence[ClipWindow],
        seeds: Sequence[int],
    ) -> tuple[Tensor, list[Redrawn]]:
        """Tokens of a stage for all windows, [batch, level, t]; each window continues the end of the one before."""
        name, output = model.spec.name, model.spec.output
        tokens = torch.empty(len(seeds), model.levels, 0, dtype=torch.long)
        redrawn: list[Redrawn] = []
        for index, (window, span) in enumerate(zip(conditions, windows, strict=True)):
            known = token_frames(output, self.clock, span.known_s)
            label = f"{name} tokens" if len(windows) == 1 else f"{name} tokens, window {index + 1}/{len(windows)}"
            prefix = tokens[:, :, tokens.shape[2] - known :] if known else None
            made, history = self._guarded(
                model, window, [derive_seed(seed, name, index) for seed in seeds], prefix, label
            )
            redrawn += report(history, name, index)
            tokens = torch.cat([tokens, made[:, :, known:]], dim=2)
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
        sampling = self.config.of(model.spec.name)
        return decode(model, window, seeds, t, sampling, prefix=prefix, rows=self.config.rows, progress=label)

    def _fault(self, model: StageModel, tokens: Tensor, known: int) -> str | None:
        """Describes a fault in a clip's tokens [level, t] from frame `known` on; None if there is none."""
        guard, fresh = self.config.guard, tokens[:, known:].numpy()
        if not fresh.size:
            return None
        fault = loop_fault(fresh, model.rate_hz, guard)
        if fault is None and model.spec.output == "coarse":
            fault = silence_fault(self.bundle.codec.decode(fresh.astype(np.int16)), self.clock.sample_rate_hz, guard)
        return fault

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
