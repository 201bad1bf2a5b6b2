"""What a recipe is: configuration, objective and examples of one network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.networks.objective import Examples, Objective
from v2meow_pipeline.parallel import MapExecutor


class Sources(NamedTuple):
    """What a corpus offers to those who train on it.

    Attributes:
        manifest: a row a clip; its splits "train" and "val" are used.
        clip_audio: the sound of every clip.
        clock: the rates.
        cache: a folder for stores that training alone needs, such as decoded frames; one folder below it a store.
        models: the folder of all checkpoints, for networks that are trained over others.
        executor: runs the work, in this process, in several, or on Ray.
    """

    manifest: pd.DataFrame
    clip_audio: ShardReader
    clock: Clock
    cache: Path
    models: Path
    executor: MapExecutor


class Recipe(NamedTuple):
    """How a network is trained.

    Attributes:
        settings: class of its configuration: the parameters `<name>.model`.
        objective: builds network and losses with random weights (torch's global generator is seeded before).
        examples: the batches, given configuration, corpus, examples of a step, seed, and validation clips at most.
        clocked: whether its weights belong to the clock's rates and codebooks, so that another clock is refused.
    """

    settings: type[Config]
    objective: Callable[[Any, Clock], Objective]
    examples: Callable[[Any, Sources, int, int, int], Examples]
    clocked: bool = True
