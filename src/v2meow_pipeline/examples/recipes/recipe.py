"""Recipe: configuration class, training objective and example batches of one network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.clips import clips_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.examples.epochs import BatchSettings, EpochSampler
from v2meow_pipeline.networks.objective import Examples, Objective
from v2meow_pipeline.parallel import MapExecutor


class Sources(NamedTuple):
    """Corpus data for training a network.

    Attributes:
        manifest: clip manifest; its splits "train" and "val" are used.
        clip_audio: shard store of the waveforms of all clips.
        clock: sample and token rates.
        cache: parent directory of shard stores that only training needs, such as decoded frames.
        executor: runs the work in this process, in several processes, or on Ray.
        codec: checkpoint of the fitted codec, for networks that build on it; None for the others.
    """

    manifest: pd.DataFrame
    clip_audio: ShardReader
    clock: Clock
    cache: Path
    executor: MapExecutor
    codec: Path | None = None

    def epochs(self, batches: BatchSettings) -> EpochSampler:
        """Selects among the clips of the splits "train" and "val"."""
        train, val = (clips_of(self.manifest, split) for split in ("train", "val"))
        return EpochSampler(train, val, batches)


class Recipe(NamedTuple):
    """Training recipe of one network.

    Attributes:
        settings: configuration class of the network, parsed from the parameters `<name>.model`.
        objective: builds the randomly initialized network with its losses; torch's global generator is seeded before.
        examples: builds the batches from configuration, corpus data, and their size and seed.
        clocked: whether the weights depend on the clock's rates and codebooks, so that another clock is refused.
    """

    settings: type[Config]
    objective: Callable[[Any, Clock], Objective]
    examples: Callable[[Any, Sources, BatchSettings], Examples]
    clocked: bool = True
