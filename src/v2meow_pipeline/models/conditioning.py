"""What a stage model sees: visual features, the music-text embedding and tokens of earlier stages, as one sequence.

Every stream has a fixed length for a given duration, also where it is absent (a learned null vector stands in), so
nothing is padded and a clip's tokens cannot depend on what its neighbours in a batch come with.

Shapes: `batch` clips, `t_in` elements of one stream, `t_memory` elements of all streams, `t_out` decoder steps,
`feature` width of a stream, `width` the model's.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Num
from torch import Tensor, nn

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.positions import TimeEmbedding
from v2meow_pipeline.models.streams import Stream
from v2meow_pipeline.models.visual_tokens import VisualTokenAdapter

LARGEST_DEVIATION = 6.0
# What parameters were called in checkpoints that were written before version 0.2.
FORMER_NAMES = {"kinds": "stream_embeddings", "nulls": "null_embeddings"}


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
        self.adapters = nn.ModuleDict({stream.name: _adapter(stream, width) for stream in self.streams})
        self.register_load_state_dict_pre_hook(_accept_former_names)
        self.stream_embeddings = nn.Parameter(torch.randn(len(self.streams), width) * 0.5)
        self.null_embeddings = nn.ParameterDict(
            {stream.name: nn.Parameter(torch.randn(width) * 0.5) for stream in self.streams if stream.optional}
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
            conditions: by stream name: features [batch, t_in, feature], visual tokens [batch, t_in, token], the
                music-text vector [batch, feature], tokens of earlier stages [batch, level, t_in] (or [batch, t_in] for
                one level). All but the last may be absent; clips whose values are NaN count as unknown.
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
            embedded = self._embedded(stream, conditions, batch, duration_s)
            mask = (dropped or {}).get(stream.group)
            if mask is not None and stream.optional:
                embedded = torch.where(mask[:, None, None], self.null_embeddings[stream.name], embedded)
            embedded = embedded + self.stream_embeddings[index]
            if self.time is not None and stream.rate_hz is not None:
                frames = torch.arange(embedded.shape[1], device=embedded.device) // stream.per_frame
                times_s = frames / stream.rate_hz
                embedded = embedded + self.time(times_s if start_s is None else start_s[:, None] + times_s)
            parts.append(embedded)
        return torch.cat(parts, dim=1)

    def _embedded(
        self, stream: Stream, conditions: Mapping[str, Num[Tensor, "batch ..."]], batch: int, duration_s: float
    ) -> Float[Tensor, "batch element width"]:
        shape = stream.shape(batch, duration_s)
        if stream.name not in conditions:
            if not stream.optional:
                raise ConfigError(f"The stage needs {stream.name!r} tokens.", "Run the stage before it first.")
            elements = stream.frames(duration_s) * stream.per_frame
            return self.null_embeddings[stream.name].expand(batch, elements, -1)
        values = conditions[stream.name]
        if values.ndim == 2 and (stream.levels or stream.rate_hz is None):
            values = values[:, None]
        if tuple(values.shape) != shape:
            raise ConfigError(
                f"Condition {stream.name!r} has shape {tuple(values.shape)}, not {shape}.",
                "Cut every stream to the same duration.",
            )
        if stream.discrete:
            return self.adapters[stream.name](values.long())
        unknown = values.isnan().flatten(1).any(dim=1)
        embedded = self.adapters[stream.name](values.nan_to_num())
        return torch.where(unknown[:, None, None], self.null_embeddings[stream.name], embedded)

    def aligned(self, frames: Int[Tensor, "t_out"], rate_hz: int, duration_s: float) -> Int[Tensor, "timed t_out"]:
        """The positions in the sequence of what lies at the time of each frame.

        In whole numbers: a time in single precision falls short of every sixth frame that begins with it.

        Args:
            frames: numbers of frames of another stream.
            rate_hz: its frames a second.
            duration_s: what all streams span, seconds.

        Returns:
            A row for each element that a frame of a timed stream has.
        """
        rows, offset = [], 0
        for stream in self.streams:
            t_in = stream.frames(duration_s)
            if stream.rate_hz is not None:
                within = (frames * stream.rate_hz // rate_hz).clamp(0, t_in - 1)
                rows += [offset + within * stream.per_frame + i for i in range(stream.per_frame)]
            offset += t_in * stream.per_frame
        return torch.stack(rows) if rows else torch.empty(0, len(frames), dtype=torch.long, device=frames.device)

    @property
    def timed(self) -> int:
        """How many rows `aligned` gives."""
        return sum(stream.per_frame for stream in self.streams if stream.rate_hz is not None)


def _adapter(stream: Stream, width: int) -> nn.Module:
    if stream.grid is not None:
        return VisualTokenAdapter(stream.grid, width)
    return FeatureAdapter(stream.width, width) if stream.width else LevelEmbedding(stream.levels, stream.vocab, width)


def _accept_former_names(module: nn.Module, state: dict[str, Tensor], prefix: str, *_rest: object) -> None:
    """Hook before `load_state_dict` that renames parameters by `FORMER_NAMES`."""
    del module
    for former, name in FORMER_NAMES.items():
        for key in [key for key in state if key == prefix + former or key.startswith(f"{prefix}{former}.")]:
            state[prefix + name + key.removeprefix(prefix + former)] = state.pop(key)
