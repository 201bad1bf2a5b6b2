"""Style of the music: a prompt, prompts of single scenes, and a reference piece, as music-text embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.composer.composer import Composer
from v2meow_pipeline.composer.prompt import check_prompt
from v2meow_pipeline.composer.span import Span, check_inside, parse_span
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.errors import ConfigError, MediaError
from v2meow_pipeline.media.audio import audio_duration_s, read_audio
from v2meow_pipeline.media.source import display_name
from v2meow_pipeline.metrics.silence import silent_share

# A longer reference says no more about the style, and takes longer to decode.
REFERENCE_S = 180.0
SHORTEST_REFERENCE_S = 1.0
# The new part of a window may start up to half a semantic token before its scene.
ROUNDING_S = 0.05
SCENE_REMEDY = 'Give its start, end and prompt, such as 0:00-0:12 "piano jazz".'


@dataclass(frozen=True)
class Scene:
    """A part of a video with a prompt of its own."""

    span: Span
    prompt: str


@dataclass(frozen=True)
class Style:
    """Style of the music.

    Attributes:
        prompt: description of the music outside of all scenes; None for none.
        scenes: parts with prompts of their own, in order, without overlap.
        reference: music-text embedding of a piece of music, float32 [width]; None for none.
    """

    prompt: str | None = None
    scenes: tuple[Scene, ...] = ()
    reference: np.ndarray | None = None

    def cuts_s(self, duration_s: float) -> list[float]:
        """Times inside a video of `duration_s` seconds at which the prompt changes, ascending."""
        bounds = {bound for scene in self.scenes for bound in scene.span}
        return sorted(bound for bound in bounds if 0 < bound < duration_s)

    def prompt_at(self, time_s: float) -> str | None:
        """Prompt at a time, in seconds."""
        inside = (
            scene.prompt for scene in self.scenes if scene.span.start_s - 0.05 <= time_s < scene.span.end_s - 0.05
        )
        return next(inside, self.prompt)


def parse_scene(text: str) -> Scene:
    """Reads a scene.

    Args:
        text: a span and a prompt, such as `0:00-0:12 piano jazz`.

    Returns:
        The scene.

    Raises:
        ConfigError: if the span is invalid or the prompt has no words.
    """
    span, _, prompt = text.strip().partition(" ")
    if not prompt.strip():
        raise ConfigError(f"The scene {text.strip()!r} has no prompt.", SCENE_REMEDY)
    check_prompt(prompt)
    return Scene(parse_span(span), prompt.strip())


def check_scenes(scenes: Sequence[Scene], duration_s: float) -> tuple[Scene, ...]:
    """Sorts scenes, and checks that they are inside the video and do not overlap.

    Args:
        scenes: the scenes, in any order.
        duration_s: duration of the video, seconds.

    Returns:
        The scenes in order.

    Raises:
        ConfigError: if they overlap, or one is outside the video.
    """
    inside = [Scene(check_inside(scene.span, duration_s), scene.prompt) for scene in scenes]
    inside.sort(key=lambda scene: scene.span)
    for before, after in pairwise(inside):
        if after.span.start_s < before.span.end_s:
            problem = f"The scenes {before.span} and {after.span} overlap."
            raise ConfigError(problem, "Let each scene start where the one before ends, or later.")
    return tuple(inside)


def embed_reference(composer: Composer, path: Path) -> Float[np.ndarray, " width"]:
    """Music-text embedding of a piece of music.

    Args:
        composer: composer whose music-text space is used.
        path: sound or video file; its first three minutes are used.

    Returns:
        L2-normalised embedding, float32.

    Raises:
        MediaError: if the file cannot be read or has no sound; reason "silent" or "too_short" for too little of it.
    """
    rate_hz = composer.clock.sample_rate_hz
    wave = read_audio(path, rate_hz, duration_s=min(REFERENCE_S, audio_duration_s(path)))
    if len(wave) < SHORTEST_REFERENCE_S * rate_hz:
        raise MediaError("too_short", f"The reference {display_name(path)} is too short.", "Give a second of music.")
    if silent_share(wave, rate_hz) == 1.0:
        raise MediaError("silent", f"The reference {display_name(path)} is silent.", "Give a file with music.")
    embedding: np.ndarray = composer.bundle.music_text().embed_audio(wave[None], rate_hz)[0]
    return embedding


def embed_styles(composer: Composer, style: Style, windows: Sequence[ClipWindow]) -> list[np.ndarray | None]:
    """Music-text embeddings of each window: of its prompt, of the reference, or the mean direction of both.

    Args:
        composer: composer whose music-text space is used.
        style: style of the music.
        windows: windows of the video; the new part of each has one prompt.

    Returns:
        float32 [1, width] per window; None without prompt and reference.
    """
    prompts = [style.prompt_at(window.new_s) for window in windows]
    known = {prompt: composer.embed_prompt(prompt, 1)[0] for prompt in set(prompts) if prompt is not None}
    return [_combined([known[prompt]] if prompt is not None else [], style.reference) for prompt in prompts]


def _combined(prompts: list[np.ndarray], reference: np.ndarray | None) -> np.ndarray | None:
    parts = [*prompts, *([] if reference is None else [reference])]
    if not parts:
        return None
    total = np.stack(parts).sum(axis=0)
    return (total / max(float(np.linalg.norm(total)), 1e-12))[None] if len(parts) > 1 else parts[0][None]
