"""The input streams of a stage: what they are called, how fast they run, and in what shape they come.

Shapes: `t_in` frames of one stream, `element` vectors that it contributes to the input sequence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models import stages

VISUAL = "visual"
Reduction = Literal["pool", "resample"]


class VisualTokens(Config):
    """A visual feature that is discrete: a grid of tokens a frame (paper: ViT-VQGAN, 1,024 of 8,192).

    Attributes:
        tokens: of a frame, a square grid, row by row.
        codes: values that a token can take.
        code_width: width of a token's embedding (paper: 32, that of a code).
        vectors: what a frame contributes to the input sequence, a square number of vectors.
        reduction: how tokens become vectors: "pool" averages each square of the grid after a small network, "resample"
            lets learned queries attend to the frame's tokens. Neither attends across frames, so cost is linear.
    """

    tokens: int = Field(gt=0)
    codes: int = Field(gt=1)
    code_width: int = Field(default=32, gt=0)
    vectors: int = Field(default=1, gt=0)
    reduction: Reduction = "pool"


Feature = int | VisualTokens


@dataclass(frozen=True)
class Stream:
    """One input stream.

    Attributes:
        name: key of the conditions.
        group: what it is dropped with: "visual" for every visual feature, otherwise its own name.
        rate_hz: frames a second; None for a stream of one frame without a time.
        width: of a continuous stream; 0 for tokens.
        levels: of a token stream of an earlier stage; 0 for others.
        vocab: of a token stream of an earlier stage.
        grid: of visual tokens; None for others.
    """

    name: str
    group: str
    rate_hz: int | None
    width: int = 0
    levels: int = 0
    vocab: int = 0
    grid: VisualTokens | None = None

    def frames(self, duration_s: float) -> int:
        """Its frames in `duration_s` seconds, at least one."""
        return 1 if self.rate_hz is None else max(1, round(duration_s * self.rate_hz))

    @property
    def per_frame(self) -> int:
        """Elements of the input sequence that a frame becomes."""
        return 1 if self.grid is None else self.grid.vectors

    @property
    def optional(self) -> bool:
        """Whether a learned null vector can stand in: so for what conditions, not for tokens of earlier stages."""
        return self.levels == 0

    @property
    def of_video(self) -> bool:
        """Whether it comes from the video: it conditions, and is not a prompt."""
        return self.optional and self.name != stages.MUSIC_TEXT

    @property
    def discrete(self) -> bool:
        """Whether its values are tokens."""
        return self.width == 0

    def shape(self, batch: int, duration_s: float) -> tuple[int, ...]:
        """The shape of its values for `batch` clips of `duration_s` seconds."""
        t_in = self.frames(duration_s)
        if self.levels:
            return (batch, self.levels, t_in)
        return (batch, t_in, self.width if self.grid is None else self.grid.tokens)


def input_streams(
    spec: stages.StageSpec, features: Mapping[str, Feature], clock: Clock, music_text_width: int, events: bool = False
) -> tuple[Stream, ...]:
    """The streams of a stage in the order of its input sequence.

    Args:
        spec: the stage.
        features: each visual feature by name: its width, or its tokens; ignored by a stage that sees none.
        clock: the rates.
        music_text_width: of the music-text embedding.
        events: whether a stage that sees visual features also sees an event curve.

    Returns:
        Visual features by name, the event curve, then the music-text embedding, then tokens.

    Raises:
        ConfigError: when a stage that sees visual features and nothing else is given none.
    """
    if spec.visual and not features and not spec.music_text and not spec.tokens_in:
        raise ConfigError(f"Stage {spec.name!r} needs a visual feature and has none.", "Name one with its width.")
    visual = sorted(features.items()) if spec.visual else []
    streams = [
        Stream(name, VISUAL, clock.visual_fps, grid=feature)
        if isinstance(feature, VisualTokens)
        else Stream(name, VISUAL, clock.visual_fps, width=feature)
        for name, feature in visual
    ]
    if spec.visual and events:
        streams.append(Stream(stages.EVENTS, stages.EVENTS, clock.event_hz, width=stages.EVENT_CHANNELS))
    if spec.music_text:
        streams.append(Stream(stages.MUSIC_TEXT, stages.MUSIC_TEXT, None, width=music_text_width))
    for name in spec.tokens_in:
        levels, vocab = stages.token_levels(name, clock), stages.token_vocab(name, clock)
        streams.append(Stream(name, name, stages.token_hz(name, clock), levels=levels, vocab=vocab))
    return tuple(streams)
