"""What a stage model sees: visual features, the music-text embedding and tokens of earlier stages, as one sequence.

Every stream has a fixed length for a given duration, also where it is absent (a learned null vector stands in), so
nothing is padded and a clip's tokens cannot depend on what its neighbours in a batch come with.

Shapes: `batch` clips, `t_in` elements of one stream, `t_memory` elements of all streams, `t_out` decoder steps,
`feature` width of a stream, `width` the model's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Num
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models import stages
from v2meow_pipeline.models.positions import TimeEmbedding

VISUAL = "visual"
LARGEST_DEVIATION = 6.0


@dataclass(frozen=True)
class Stream:
    """One input stream.

    Attributes:
        name: key of the conditions.
        group: what it is dropped with: "visual" for every visual feature, otherwise its own name.
        rate_hz: elements a second; None for a stream of one element without a time.
        width: of a continuous stream; 0 for tokens.
        levels: of a token stream; 0 for continuous ones.
        vocab: of a token stream.
    """

    name: str
    group: str
    rate_hz: int | None
    width: int = 0
    levels: int = 0
    vocab: int = 0

    def frames(self, duration_s: float) -> int:
        """Its elements in `duration_s` seconds, at least one."""
        return 1 if self.rate_hz is None else max(1, round(duration_s * self.rate_hz))


def input_streams(spec: stages.StageSpec, features: Mapping[str, int], clock: Clock) -> tuple[Stream, ...]:
    """The streams of a stage in the order of its input sequence.

    Args:
        spec: the stage.
        features: width of each visual feature by name; ignored by a stage that sees none.
        clock: the rates.

    Returns:
        Visual features by name, then the music-text embedding, then tokens.

    Raises:
        ConfigError: when a stage that sees visual features is given none.
    """
    if spec.visual and not features:
        raise ConfigError(f"Stage {spec.name!r} needs a visual feature and has none.", "Name one with its width.")
    visual = sorted(features.items()) if spec.visual else []
    streams = [Stream(name, VISUAL, clock.visual_fps, width=width) for name, width in visual]
    if spec.music_text:
        streams.append(Stream(stages.MUSIC_TEXT, stages.MUSIC_TEXT, None, width=stages.MUSIC_TEXT_WIDTH))
    for name in spec.tokens_in:
        levels, vocab = stages.token_levels(name, clock), stages.token_vocab(name, clock)
        streams.append(Stream(name, name, stages.token_hz(name, clock), levels=levels, vocab=vocab))
    return tuple(streams)


class LevelEmbedding(nn.Module):
    """One table a level, summed over levels; index `vocab` is the special token."""

    def __init__(self, levels: int, vocab: int, width: int) -> None:
        super().__init__()
        tables = [nn.Embedding(vocab + 1, width) for _ in range(levels)]
        for table in tables:
            nn.init.normal_(table.weight, std=levels**-0.5)
        self.tables = nn.ModuleList(tables)

    def forward(self, tokens: Int[Tensor, "batch level t_in"]) -> Float[Tensor, "batch t_in width"]:
        """The sum of the embeddings of all levels."""
        total = self.tables[0](tokens[:, 0])
        for level in range(1, len(self.tables)):
            total = total + self.tables[level](tokens[:, level])
        return total


class FeatureAdapter(nn.Module):
    """Standardises a feature by the training corpus and projects it into the model's width.

    Standardised by fixed statistics rather than normalised frame by frame: how much moves in a frame is what the
    music's energy follows, and a layer norm would divide it out.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, feature_width: int, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(feature_width))
        self.register_buffer("scale", torch.ones(feature_width))
        self.project = nn.Linear(feature_width, width)
        nn.init.normal_(self.project.weight, std=feature_width**-0.5)
        nn.init.zeros_(self.project.bias)

    def set_statistics(self, values: Float[np.ndarray, "n feature"]) -> None:
        """Takes mean and standard deviation of each dimension from `values`."""
        deviation = values.std(axis=0, dtype=np.float64)
        floor = 1e-3 * max(float(deviation.mean()), 1e-6)
        self.mean.copy_(torch.from_numpy(values.mean(axis=0, dtype=np.float64)))
        self.scale.copy_(torch.from_numpy(1.0 / np.maximum(deviation, floor)))

    def forward(self, values: Float[Tensor, "batch t_in feature"]) -> Float[Tensor, "batch t_in width"]:
        """The projection of the standardised values, outliers clamped."""
        standard = (values.float() - self.mean) * self.scale
        return self.project(standard.clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION))


class Conditioner(nn.Module):
    """Embeds all streams of a stage into one sequence: adapter, stream embedding, null vector, time."""

    def __init__(self, streams: Sequence[Stream], width: int, time: TimeEmbedding | None) -> None:
        super().__init__()
        self.streams = tuple(streams)
        self.time = time
        self.adapters = nn.ModuleDict(
            {
                stream.name: FeatureAdapter(stream.width, width)
                if stream.width
                else LevelEmbedding(stream.levels, stream.vocab, width)
                for stream in self.streams
            }
        )
        self.kinds = nn.Parameter(torch.randn(len(self.streams), width) * 0.5)
        self.nulls = nn.ParameterDict(
            {stream.name: nn.Parameter(torch.randn(width) * 0.5) for stream in self.streams if stream.width}
        )

    def forward(
        self,
        conditions: Mapping[str, Num[Tensor, "batch ..."]],
        batch: int,
        duration_s: float,
        dropped: Mapping[str, Bool[Tensor, "batch"]] | None = None,
        start_s: Float[Tensor, "#batch"] | None = None,
    ) -> Float[Tensor, "batch t_memory width"]:
        """The input sequence.

        Args:
            conditions: by stream name: features [batch, t_in, feature], the music-text vector [batch, feature],
                tokens [batch, level, t_in] (or [batch, t_in] for one level). Continuous streams may be absent.
            batch: clips.
            duration_s: what the streams span, seconds.
            dropped: by stream group, the clips whose streams of that group are replaced by null vectors.
            start_s: where in its clip each example starts, seconds; None for 0.

        Returns:
            The embeddings of all streams, one stream after the other.

        Raises:
            ConfigError: for a stream that the stage does not have or that has another shape, and for missing tokens.
        """
        unknown = set(conditions) - {stream.name for stream in self.streams}
        if unknown:
            names = ", ".join(stream.name for stream in self.streams)
            raise ConfigError(f"The stage does not read {sorted(unknown)}.", f"Give it some of: {names}.")
        parts = []
        for index, stream in enumerate(self.streams):
            t_in = stream.frames(duration_s)
            if stream.name in conditions:
                embedded = self._embed(stream, conditions[stream.name], (batch, t_in))
            elif stream.width:
                embedded = self.nulls[stream.name].expand(batch, t_in, -1)
            else:
                raise ConfigError(f"The stage needs {stream.name!r} tokens.", "Run the stage before it first.")
            mask = (dropped or {}).get(stream.group)
            if mask is not None and stream.width:
                embedded = torch.where(mask[:, None, None], self.nulls[stream.name], embedded)
            embedded = embedded + self.kinds[index]
            if self.time is not None and stream.rate_hz is not None:
                times_s = torch.arange(t_in, device=embedded.device) / stream.rate_hz
                embedded = embedded + self.time(times_s if start_s is None else start_s[:, None] + times_s)
            parts.append(embedded)
        return torch.cat(parts, dim=1)

    def _embed(
        self, stream: Stream, values: Num[Tensor, "batch ..."], wanted: tuple[int, int]
    ) -> Float[Tensor, "batch t_in width"]:
        batch, t_in = wanted
        if stream.width:
            values = values[:, None] if values.ndim == 2 and stream.rate_hz is None else values
            shape: tuple[int, ...] = (batch, t_in, stream.width)
        else:
            values = values[:, None] if values.ndim == 2 else values
            shape = (batch, stream.levels, t_in)
        if tuple(values.shape) != shape:
            raise ConfigError(
                f"Condition {stream.name!r} has shape {tuple(values.shape)}, not {shape}.",
                "Cut every stream to the same duration.",
            )
        return self.adapters[stream.name](values.long() if stream.levels else values)

    def aligned(self, times_s: Float[Tensor, "t_out"], duration_s: float) -> Int[Tensor, "stream t_out"]:
        """For each stream that has times, the position in the sequence of what lies at each of `times_s`."""
        rows, offset = [], 0
        for stream in self.streams:
            t_in = stream.frames(duration_s)
            if stream.rate_hz is not None:
                within = (times_s.double() * stream.rate_hz + 1e-6).floor().long().clamp(0, t_in - 1)
                rows.append(offset + within)
            offset += t_in
        return torch.stack(rows) if rows else torch.empty(0, len(times_s), dtype=torch.long, device=times_s.device)

    @property
    def timed(self) -> int:
        """How many streams have times."""
        return sum(stream.rate_hz is not None for stream in self.streams)
