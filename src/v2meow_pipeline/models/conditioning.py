"""Embedding of a stage's conditions (visual features, music-text embedding, earlier tokens) into one input sequence.

Each stream has a fixed length for a given duration, and an absent stream is replaced by a learned null vector of the
same length. So there is no padding, and a clip's tokens do not depend on the other clips of the batch.

Shapes: `batch` clips, `t_in` elements of one stream, `t_memory` elements of all streams, `t_out` decoder steps,
`feature` width of a stream, `width` model width.
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
# Parameter names in checkpoints written before version 0.2, mapped to the current names.
FORMER_NAMES = {"kinds": "stream_embeddings", "nulls": "null_embeddings"}


class LevelEmbedding(nn.Module):
    """Sum of one embedding table per codebook level; index `vocab` is the special token."""

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
    """Standardises a feature with the statistics of the training corpus and projects it to the model width.

    The statistics are fixed. A layer norm per frame would remove the magnitude of a feature, such as the amount of
    motion, which the energy of the music follows.
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
        """Sets mean and standard deviation of each dimension from `values`."""
        deviation = values.std(axis=0, dtype=np.float64)
        floor = 1e-3 * max(float(deviation.mean()), 1e-6)
        self.mean.copy_(torch.from_numpy(values.mean(axis=0, dtype=np.float64)))
        self.scale.copy_(torch.from_numpy(1.0 / np.maximum(deviation, floor)))

    def forward(self, values: Float[Tensor, "batch t_in feature"]) -> Float[Tensor, "batch t_in width"]:
        """Projection of the standardised and clamped values."""
        standard = (values.float() - self.mean) * self.scale
        return self.project(standard.clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION))


class Conditioner(nn.Module):
    """Embeds all input streams of a stage into one sequence.

    Each element is the adapter's output (or the null vector) plus a stream embedding and an embedding of its time.
    """

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
        """Embeds the conditions as one sequence.

        Args:
            conditions: values by stream name: features [batch, t_in, feature], visual tokens [batch, t_in, token], the
                music-text vector [batch, feature], tokens of earlier stages [batch, level, t_in] (or [batch, t_in] for
                one level). All but the last may be absent; features with NaN are replaced by the null vector.
            batch: number of clips.
            duration_s: duration of the streams, in seconds.
            dropped: mask by stream group; the streams of masked clips are replaced by null vectors.
            start_s: start of each example within its clip, in seconds; None for 0.

        Returns:
            The embeddings of all streams, concatenated along time.

        Raises:
            ConfigError: for a stream that the stage does not have, a wrong shape, or missing tokens.
        """
        unknown = set(conditions) - {stream.name for stream in self.streams}
        if unknown:
            names = ", ".join(stream.name for stream in self.streams)
            raise ConfigError(f"The stage does not read {sorted(unknown)}.", f"Its conditions are: {names}.")
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
                raise ConfigError(
                    f"The stage needs {stream.name!r} tokens, which are missing.",
                    f"Run the stage that predicts {stream.name!r} tokens first.",
                )
            elements = stream.frames(duration_s) * stream.per_frame
            return self.null_embeddings[stream.name].expand(batch, elements, -1)
        values = conditions[stream.name]
        if values.ndim == 2 and (stream.levels or stream.rate_hz is None):
            values = values[:, None]
        if tuple(values.shape) != shape:
            raise ConfigError(
                f"Condition {stream.name!r} has shape {tuple(values.shape)}, but {shape} is expected.",
                "Cut all streams to the same duration.",
            )
        if stream.discrete:
            return self.adapters[stream.name](values.long())
        unknown = values.isnan().flatten(1).any(dim=1)
        embedded = self.adapters[stream.name](values.nan_to_num())
        return torch.where(unknown[:, None, None], self.null_embeddings[stream.name], embedded)

    def aligned(self, frames: Int[Tensor, "t_out"], rate_hz: int, duration_s: float) -> Int[Tensor, "timed t_out"]:
        """Positions in the input sequence of the elements that coincide in time with given frames.

        Computed with integers: times in single precision round one frame in six to the previous frame.

        Args:
            frames: frame indices of the output stream.
            rate_hz: frames per second of the output stream.
            duration_s: duration of all streams, in seconds.

        Returns:
            Sequence positions [timed, t_out]: one row per element of a frame of each stream that has a rate.
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
        """Number of rows that `aligned` returns."""
        return sum(stream.per_frame for stream in self.streams if stream.rate_hz is not None)


def _adapter(stream: Stream, width: int) -> nn.Module:
    if stream.grid is not None:
        return VisualTokenAdapter(stream.grid, width)
    return FeatureAdapter(stream.width, width) if stream.width else LevelEmbedding(stream.levels, stream.vocab, width)


def _accept_former_names(module: nn.Module, state: dict[str, Tensor], prefix: str, *_rest: object) -> None:
    """Pre-hook of `load_state_dict` that renames parameters according to `FORMER_NAMES`."""
    del module
    for former, name in FORMER_NAMES.items():
        for key in [key for key in state if key == prefix + former or key.startswith(f"{prefix}{former}.")]:
            state[prefix + name + key.removeprefix(prefix + former)] = state.pop(key)
