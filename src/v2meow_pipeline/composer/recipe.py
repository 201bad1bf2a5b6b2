"""Recipe of a piece of music: beside models and seed, all that is needed to generate its tokens again.

It is stored in the comment of outputs (media/origin.py), so that a span of a result can be generated anew later.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from v2meow_pipeline.composer.bundle_manifest import composer_of
from v2meow_pipeline.composer.composer import Composer
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.span import Span
from v2meow_pipeline.composer.style import Scene, Style
from v2meow_pipeline.composer.tempo import FASTEST_BPM, SLOWEST_BPM
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.models.stages import token_levels, token_vocab

# Settings that do not change the tokens of one piece.
IRRELEVANT = frozenset(["rows", "takes"])


class SceneRecord(Config):
    """A scene with its prompt; times in seconds."""

    start_s: float = Field(ge=0)
    end_s: float = Field(gt=0)
    prompt: str


class Redone(Config):
    """A span that was generated anew.

    Attributes:
        start_s: start of the span, seconds.
        end_s: end of the span, seconds.
        seed: seed of the span.
        prompt: prompt of the span; None for that of the piece.
        candidates: number of candidates, of which the one was taken that leads best into what follows.
    """

    start_s: float = Field(ge=0)
    end_s: float = Field(gt=0)
    seed: int
    prompt: str | None = None
    candidates: int = Field(default=1, ge=1, le=64)


class Recipe(Config):
    """What determines the tokens and the sound of a piece, beside models, seed, prompt and video.

    Attributes:
        scenes: parts with prompts of their own.
        reference: music-text embedding of a reference, float32 in base64.
        events: SHA-256 of the event file.
        tempo_bpm: tempo that replaces the events of the video, beats per minute.
        lead: earlier music that is continued: int16 tokens [level, t] of each stream in base64.
        config: sampling settings that differ from the models' own.
        mux: mixing settings that differ from the defaults.
        redone: spans that were generated anew, in order.
    """

    scenes: tuple[SceneRecord, ...] = ()
    reference: str | None = None
    events: str | None = None
    tempo_bpm: float | None = Field(default=None, ge=SLOWEST_BPM, le=FASTEST_BPM)
    lead: dict[str, str] = Field(default_factory=dict)
    config: dict[str, Any] = Field(default_factory=dict)
    mux: dict[str, Any] = Field(default_factory=dict)
    redone: tuple[Redone, ...] = ()

    def to_json(self) -> dict[str, Any] | None:
        """Values that differ from the defaults; None if none do."""
        return self.model_dump(mode="json", exclude_defaults=True) or None

    def style(self, prompt: str | None) -> Style:
        """Style of the music with the prompt of the piece."""
        scenes = tuple(Scene(Span(scene.start_s, scene.end_s), scene.prompt) for scene in self.scenes)
        reference = None if self.reference is None else np.frombuffer(_bytes(self.reference), "<f4")
        return Style(prompt, scenes, reference)

    def lead_tokens(self, composer: Composer) -> dict[str, Tensor] | None:
        """Tokens of the music that is continued, int64 [1, level, t] by stream; None for none.

        Args:
            composer: composer that generated the piece.

        Returns:
            Tokens by stream name.

        Raises:
            ConfigError: if they are not tokens of this composer's streams.
        """
        if not self.lead:
            return None
        tokens = {}
        for name, model in composer.bundle.stages.items():
            values = np.frombuffer(_bytes(self.lead.get(name, "")), "<i2").astype(np.int64)
            levels, vocab = (count(model.spec.output, composer.clock) for count in (token_levels, token_vocab))
            if not values.size or values.size % levels or values.min() < 0 or values.max() >= vocab:
                raise ConfigError("The tokens of the continued music are damaged.", "Generate the music again.")
            tokens[name] = torch.from_numpy(values.reshape(1, levels, -1))
        return tokens

    def composer_config(self, folder: Path) -> ComposerConfig:
        """Sampling settings that the piece was generated with, for the models in a folder."""
        return ComposerConfig.parse({**composer_of(folder).model_dump(), **self.config})

    def mux_config(self) -> MuxConfig:
        """Mixing settings that the piece was written with."""
        return MuxConfig.parse(self.mux)


def make_recipe(
    composer: Composer, style: Style, mux: MuxConfig, events: Path | None, lead: Mapping[str, Tensor] | None
) -> Recipe:
    """Records how a piece is generated.

    Args:
        composer: composer of the models.
        style: style of the music.
        mux: mixing settings.
        events: event file; None for the events of the video.
        lead: tokens of the music that is continued, [1, level, t] by stream.

    Returns:
        The recipe.
    """
    usual, used = (config.model_dump(mode="json") for config in (composer_of(composer.bundle.folder), composer.config))
    return Recipe(
        scenes=tuple(
            SceneRecord(start_s=scene.span.start_s, end_s=scene.span.end_s, prompt=scene.prompt)
            for scene in style.scenes
        ),
        reference=None if style.reference is None else _text(style.reference.astype("<f4").tobytes()),
        events=None if events is None else digest(events),
        lead={name: _text(values.numpy().astype("<i2").tobytes()) for name, values in (lead or {}).items()},
        config={name: value for name, value in used.items() if value != usual.get(name) and name not in IRRELEVANT},
        mux=mux.model_dump(mode="json", exclude_defaults=True),
    )


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigError("The recipe of the music is damaged.", "Generate the music again.") from error
