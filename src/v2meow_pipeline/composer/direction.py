"""What a user asks of the music of one video: its style, the events that it follows, and music that it continues."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor

from v2meow_pipeline.composer.composer import Composer, Composition, Features
from v2meow_pipeline.composer.continuation import encode_lead, in_video, lead_s, shifted, windows_after
from v2meow_pipeline.composer.earlier_result import fade_out_of
from v2meow_pipeline.composer.recipe import Recipe, make_recipe
from v2meow_pipeline.composer.style import Scene, Style, check_scenes, embed_reference, embed_styles, parse_scene
from v2meow_pipeline.composer.take_selection import repeated
from v2meow_pipeline.composer.tempo import check_tempo
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.media.mux_config import MuxConfig


@dataclass(frozen=True)
class Plan:
    """A piece of music to generate.

    Attributes:
        windows: windows of the music; with a lead, in time from the start of the lead.
        style: style of the music.
        music_text: music-text embedding of each window, [1, width], or None.
        lead: tokens of the music that is continued, int64 [1, level, t] by stream; None for none.
        lead_s: duration of the lead, seconds.
    """

    windows: list[ClipWindow]
    style: Style
    music_text: list[np.ndarray | None]
    lead: dict[str, Tensor] | None
    lead_s: float

    @property
    def in_video(self) -> list[ClipWindow]:
        """Windows in the time of the video."""
        return [in_video(window, self.lead_s) for window in self.windows] if self.lead else self.windows

    def features(self, composer: Composer, seen: Sequence[Features]) -> list[Features]:
        """Features of each window of the music, from those of the windows of the video."""
        if not self.lead:
            return list(seen)
        clip_s, pairs = composer.clock.clip_s, zip(seen, self.windows, strict=True)
        return [shifted(features, window, self.lead_s, clip_s) for features, window in pairs]

    def compose(
        self, composer: Composer, seen: Sequence[Features], seeds: Sequence[int], measure_gain: bool = False
    ) -> Composition:
        """Generates the tokens of one or more takes.

        Args:
            composer: composer of the models.
            seen: features of the windows of the video, each as [1, t, width].
            seeds: one seed per take.
            measure_gain: see `Composer.compose`.

        Returns:
            Tokens; with a lead, they start with it.
        """
        takes = len(seeds)
        styles = [None if values is None else np.repeat(values, takes, axis=0) for values in self.music_text]
        before = {name: values.expand(takes, -1, -1) for name, values in (self.lead or {}).items()}
        features = repeated(self.features(composer, seen), takes)
        return composer.compose(features, self.windows, seeds, styles, measure_gain, before=before)

    def render(self, composer: Composer, codes: np.ndarray, duration_s: float) -> np.ndarray:
        """Decodes the codes of one take to a waveform, float32 [samples], without the lead."""
        skipped_s = self.lead_s if self.lead else 0.0
        return composer.render(codes, skipped_s + duration_s)[composer.clock.samples(skipped_s) :]


@dataclass(frozen=True)
class Direction:
    """What a user asks of the music.

    Attributes:
        style: prompts; the reference is embedded by `plan`.
        reference: sound or video file whose style the music shall have.
        continue_from: sound or video file whose end the music continues.
        events: event file.
        tempo_bpm: tempo in beats per minute; None for the tempo of the video.
    """

    style: Style
    reference: Path | None = None
    continue_from: Path | None = None
    events: Path | None = None
    tempo_bpm: float | None = None

    def checked(self, duration_s: float) -> "Direction":
        """Copy with its scenes in order; raises ConfigError for scenes that overlap or are outside the video."""
        return replace(self, style=replace(self.style, scenes=check_scenes(self.style.scenes, duration_s)))

    def plan(self, composer: Composer, duration_s: float) -> Plan:
        """Reads the reference and the music to continue, and divides the video into windows.

        Args:
            composer: composer of the models.
            duration_s: duration of the video, seconds.

        Returns:
            The plan.
        """
        style = self.style
        if self.reference is not None:
            style = replace(style, reference=embed_reference(composer, self.reference))
        lead = None
        if self.continue_from is not None:
            lead = encode_lead(composer, self.continue_from, fade_out_of(self.continue_from))
        return make_plan(composer, style, lead, duration_s)

    def recipe(self, composer: Composer, plan: Plan, mux: MuxConfig) -> Recipe:
        """Records how the piece of a plan is generated and mixed."""
        recipe = make_recipe(composer, plan.style, mux, self.events, plan.lead)
        return recipe.model_copy(update={"tempo_bpm": self.tempo_bpm})


def make_plan(composer: Composer, style: Style, lead: dict[str, Tensor] | None, duration_s: float) -> Plan:
    """Divides a video into windows with music-text embeddings.

    Args:
        composer: composer of the models.
        style: style of the music.
        lead: tokens of the music that is continued.
        duration_s: duration of the video, seconds.

    Returns:
        The plan.
    """
    cuts_s = style.cuts_s(duration_s)
    before_s = lead_s(composer) if lead else 0.0
    windows = windows_after(composer, duration_s, cuts_s) if lead else composer.windows(duration_s, cuts_s)
    music_text = embed_styles(composer, style, [ClipWindow(window.new_s - before_s, 0.0) for window in windows])
    return Plan(windows, style, music_text, lead, before_s)


def parse_direction(
    prompt: str | None,
    scenes: Sequence[str | Scene] = (),
    reference: str | Path | None = None,
    continue_from: str | Path | None = None,
    events: str | Path | None = None,
    tempo_bpm: float | None = None,
) -> Direction:
    """Reads what a user asks of the music.

    Args:
        prompt: description of the music outside of all scenes.
        scenes: scenes, or texts such as "0:00-0:12 piano jazz".
        reference: sound or video file.
        continue_from: sound or video file.
        events: event file.
        tempo_bpm: tempo in beats per minute.

    Returns:
        The direction.

    Raises:
        ConfigError: if a scene has another form, the tempo is out of range, or given together with an event file.
    """
    if tempo_bpm is not None:
        check_tempo(tempo_bpm)
        if events is not None:
            raise ConfigError("A tempo and an event file are both given.", "Leave one of them out.")
    parsed = tuple(scene if isinstance(scene, Scene) else parse_scene(scene) for scene in scenes)
    reference, continue_from, events = (
        None if path is None else Path(path) for path in (reference, continue_from, events)
    )
    return Direction(Style(prompt, parsed), reference, continue_from, events, tempo_bpm)
