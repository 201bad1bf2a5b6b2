"""Input streams of a stage: names, frame rates and shapes.

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
    """Discrete visual feature: a grid of tokens per frame (the paper's ViT-VQGAN: 1,024 tokens of 8,192 codes).

    Attributes:
        tokens: tokens per frame, a square grid in row-major order.
        codes: vocabulary size.
        code_width: width of a token embedding (paper: 32, the width of a code).
        vectors: vectors per frame in the input sequence, a square number.
        reduction: reduction of tokens to vectors: "pool" averages each square of the grid after a small network,
            "resample" applies attention with learned queries. Both work per frame, so the cost is linear.
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
        name: key in the conditions.
        group: dropout group: "visual" for all visual features, otherwise the stream's own name.
        rate_hz: frame rate; None for a single vector without a time.
        width: feature width of a continuous stream; 0 for tokens.
        levels: codebook levels of an earlier stage's tokens; 0 for other streams.
        vocab: vocabulary size of an earlier stage's tokens; 0 for other streams.
        grid: token grid of a discrete visual feature; None for other streams.
    """

    name: str
    group: str
    rate_hz: int | None
    width: int = 0
    levels: int = 0
    vocab: int = 0
    grid: VisualTokens | None = None

    def frames(self, duration_s: float) -> int:
        """Number of frames in `duration_s` seconds, at least one."""
        return 1 if self.rate_hz is None else max(1, round(duration_s * self.rate_hz))

    @property
    def per_frame(self) -> int:
        """Elements of the input sequence per frame."""
        return 1 if self.grid is None else self.grid.vectors

    @property
    def optional(self) -> bool:
        """Whether a learned null vector can replace it: true for conditions, false for tokens of earlier stages."""
        return self.levels == 0

    @property
    def of_video(self) -> bool:
        """Whether it is computed from the video: any condition except the music-text embedding."""
        return self.optional and self.name != stages.MUSIC_TEXT

    @property
    def discrete(self) -> bool:
        """Whether its values are tokens."""
        return self.width == 0

    def shape(self, batch: int, duration_s: float) -> tuple[int, ...]:
        """Shape of its values for `batch` clips of `duration_s` seconds."""
        t_in = self.frames(duration_s)
        if self.levels:
            return (batch, self.levels, t_in)
        return (batch, t_in, self.width if self.grid is None else self.grid.tokens)


def input_streams(
    spec: stages.StageSpec, features: Mapping[str, Feature], clock: Clock, music_text_width: int, events: bool = False
) -> tuple[Stream, ...]:
    """Input streams of a stage, in the order of its input sequence.

    Args:
        spec: definition of the stage.
        features: visual features by name: width or token grid; ignored by a stage without visual features.
        clock: frame rates and codebook sizes.
        music_text_width: width of the music-text embedding.
        events: whether a stage with visual features also reads an event curve.

    Returns:
        Visual features sorted by name, then the event curve, the music-text embedding and tokens of earlier stages.

    Raises:
        ConfigError: if `features` is empty for a stage whose only conditions are visual features.
    """
    if spec.visual and not features and not spec.music_text and not spec.tokens_in:
        raise ConfigError(
            f"Stage {spec.name!r} needs at least one visual feature.", "Add one to `features`, with its width."
        )
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
