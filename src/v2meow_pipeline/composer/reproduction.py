"""Generates the music of an earlier result again, from the recipe in its metadata."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.composer.composer import Composer, Features
from v2meow_pipeline.composer.direction import Plan, make_plan
from v2meow_pipeline.composer.earlier_result import EarlierResult
from v2meow_pipeline.composer.event_file import read_events, replace_events
from v2meow_pipeline.composer.recipe import digest
from v2meow_pipeline.composer.tempo import with_tempo
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.containers import SAMPLE_RATE_HZ
from v2meow_pipeline.media.source import display_name

# Lossy audio codecs keep the correlation above .99; music of another seed has one near 0.
SMALLEST_CORRELATION = 0.9


class Piece(NamedTuple):
    """A piece of music with what it was generated from.

    Attributes:
        composer: composer that generated it.
        video: its video.
        duration_s: duration of the video, seconds.
        plan: windows and style.
        tokens: token streams by name, int64 [1, level, t]; with a lead, they start with it.
        events: event file; None for none.
        tempo_bpm: tempo that replaces the events of the video; None for none.
    """

    composer: Composer
    video: Path
    duration_s: float
    plan: Plan
    tokens: dict[str, Tensor]
    events: Path | None
    tempo_bpm: float | None

    def features(self, windows: list[ClipWindow]) -> list[Features]:
        """Features of windows of the video."""
        return features_of(self.composer, self.video, windows, self.events, self.tempo_bpm)

    def wave(self) -> np.ndarray:
        """Waveform, float32 [samples], as long as the video."""
        return self.plan.render(self.composer, self.composer.codes_of(self.tokens)[0], self.duration_s)


def features_of(
    composer: Composer, video: Path, windows: list[ClipWindow], events: Path | None, tempo_bpm: float | None
) -> list[Features]:
    """Features of windows of a video, with the events of a file or the beats of a tempo if there is one."""
    seen = composer.extract_features(video, windows)
    if events is not None:
        seen = replace_events(seen, windows, read_events(events), composer.clock)
    return seen if tempo_bpm is None else with_tempo(seen, windows, tempo_bpm, composer.clock)


def generate_again(
    earlier: EarlierResult, composer: Composer, video: Path, duration_s: float, events: Path | None
) -> Piece:
    """Generates the music of an earlier result again, without the spans that were redone.

    Args:
        earlier: the earlier result.
        composer: composer with the models and settings of the earlier result.
        video: its video.
        duration_s: duration of the video, seconds.
        events: event file that the earlier result was generated with; None for none.

    Returns:
        The piece.

    Raises:
        StaleError: if the models are others.
        ConfigError: if the event file is missing or another one, or the recipe is damaged.
    """
    check_models(earlier, composer)
    _check_events(earlier, events)
    lead = earlier.recipe.lead_tokens(composer)
    plan = make_plan(composer, earlier.recipe.style(earlier.origin.prompt), lead, duration_s)
    tempo_bpm = earlier.recipe.tempo_bpm
    seen = features_of(composer, video, plan.in_video, events, tempo_bpm)
    tokens = plan.compose(composer, seen, [earlier.origin.seed]).tokens
    return Piece(composer, video, duration_s, plan, tokens, events, tempo_bpm)


def check_models(earlier: EarlierResult, composer: Composer) -> None:
    """Checks that a composer has the models of an earlier result; raises StaleError if not."""
    if composer.bundle.fingerprint != earlier.origin.model:
        raise StaleError(
            f"{display_name(earlier.path)} was made by other models: {earlier.origin.models}.",
            "Name them with --model.",
        )


def check_same_sound(earlier: EarlierResult, sound: np.ndarray) -> None:
    """Checks that a sound is that of the earlier result.

    Args:
        earlier: the earlier result.
        sound: finished sound, float32 [n, channel] at 48 kHz.

    Raises:
        StaleError: if it is another one.
    """
    stored = read_audio(earlier.path, SAMPLE_RATE_HZ)
    count = min(len(stored), len(sound))
    if _correlation(stored[:count], sound[:count].mean(axis=1)) < SMALLEST_CORRELATION:
        raise StaleError(
            f"The music of {display_name(earlier.path)} cannot be generated again: another version or another "
            "processor gives other music, or its sound was edited.",
            "Name the original video and the result (VIDEO --from RESULT), or generate the music again.",
        )


def _check_events(earlier: EarlierResult, events: Path | None) -> None:
    wanted = earlier.recipe.events
    if wanted is None and events is not None:
        raise ConfigError("The earlier result was generated without event file.", "Leave --events out.")
    if wanted is not None and (events is None or digest(events) != wanted):
        raise ConfigError("The earlier result was generated with another event file.", "Name it with --events.")


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine similarity of two waveforms; 1 if both are silent."""
    first, second = (torch.from_numpy(np.ascontiguousarray(wave)).double() for wave in (a, b))
    norms = float(first.norm() * second.norm())
    if norms == 0.0:
        return 1.0 if float(first.norm() + second.norm()) < 1e-3 else 0.0
    return float(first @ second) / norms
