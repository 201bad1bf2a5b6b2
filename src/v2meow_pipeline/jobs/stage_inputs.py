"""Data that stages are trained on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader

if TYPE_CHECKING:
    from v2meow_pipeline.corpus.variants import VisualConfig


class StageInputs(NamedTuple):
    """Data that stages are trained on.

    Attributes:
        manifest: clip manifest of the corpus; the splits "train" and "val" are used.
        tokens: shards of semantic and acoustic tokens, and of the data from which event curves of music are sampled.
        visual_features: shards of all extracted visual features.
        music_text: shards of the music-text embedding of each clip.
        visual: visual features that condition the stages.
        clock: rates of all streams.
    """

    manifest: pd.DataFrame
    tokens: ShardReader
    visual_features: ShardReader
    music_text: ShardReader
    visual: "VisualConfig"
    clock: Clock

    @classmethod
    def of(
        cls,
        manifest: pd.DataFrame,
        tokens: ShardReader,
        visual_features: ShardReader,
        music_text: ShardReader,
        visual: Mapping[str, Any],
        clock: Mapping[str, Any],
    ) -> "StageInputs":
        """Collects the data of the stages from datasets and parameters.

        Args:
            manifest: clip manifest of the corpus.
            tokens: shards of tokens.
            visual_features: shards of visual features.
            music_text: shards of music-text embeddings.
            visual: values of `VisualConfig`.
            clock: values of `Clock`.

        Returns:
            Data of the stages.

        Raises:
            ConfigError: for invalid values.
        """
        from v2meow_pipeline.corpus.variants import VisualConfig

        seen = VisualConfig.parse(dict(visual))
        return cls(manifest, tokens, visual_features, music_text, seen, Clock.parse(dict(clock)))

    def with_variant(self, variant: str) -> "StageInputs":
        """The same data with another visual variant, such as "clip"."""
        visual = type(self.visual).parse({**self.visual.model_dump(), "variant": variant})
        return self._replace(visual=visual)
