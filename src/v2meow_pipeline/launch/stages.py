"""Training of a stage on the backend that a run asks for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from v2meow_pipeline.checkpoint import is_current, load_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.fitting import clips_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.launch.tracking import child_run
from v2meow_pipeline.models.stage_model import StageModelConfig
from v2meow_pipeline.models.stages import TokenStream
from v2meow_pipeline.training.fit import CHECKPOINT_NAME, FitData, FitJob, FitResult, fit
from v2meow_pipeline.training.module import FitConfig

Backend = Literal["local", "ray"]


def build_job(
    manifest: pd.DataFrame,
    tokens: ShardReader,
    features: ShardReader,
    music_text: ShardReader,
    codebooks: Mapping[TokenStream, np.ndarray],
    model: dict[str, Any],
    train: dict[str, Any],
    clock: Clock,
) -> tuple[FitJob, FitData]:
    """What a stage is trained on, and how.

    Args:
        manifest: of the corpus; its splits "train" and "val" are used.
        tokens: "semantic" and "acoustic" of each clip.
        features: visual features of each clip.
        music_text: music-text embedding of each clip.
        codebooks: of `read_codebooks`.
        model: values of `StageModelConfig`, but clock and widths; `features` lists the visual features by name.
        train: values of `FitConfig`.
        clock: the rates.

    Returns:
        The job, whose fingerprint covers the data, and the data.
    """
    widths = {name: features.layout[name][1][-1] for name in model.get("features", [])}
    config = StageModelConfig.parse({**model, "features": widths, "clock": clock})
    splits = {split: clips_of(manifest, split) for split in ("train", "val")}
    sources = [reader.fingerprint for reader in (tokens, features, music_text)]
    job = FitJob(model=config, fit=FitConfig.parse(train), trained_on=fingerprint(sources, splits))
    readers = {"semantic": tokens, "acoustic": tokens, "music_text": music_text, **dict.fromkeys(widths, features)}
    return job, FitData(readers, splits["train"], splits["val"], codebooks)


def read_codebooks(semantic: Path, acoustic: Path, clock: Clock) -> dict[TokenStream, np.ndarray]:
    """The vectors [level, vocab, code] that the tokens of each stream stand for.

    Args:
        semantic: checkpoint of the semantic tokenizer.
        acoustic: checkpoint of the acoustic tokenizer.
        clock: says which levels are coarse.

    Returns:
        One array a stream.
    """
    levels = load_checkpoint(acoustic, clock=clock).weights["codebooks"]
    return {
        "semantic": load_checkpoint(semantic, clock=clock).weights["centres"][None],
        "coarse": levels[: clock.coarse_levels],
        "fine": levels[clock.coarse_levels :],
    }


def train_stage(job: FitJob, data: FitData, workspace: Path, backend: Backend) -> FitResult:
    """Trains a stage, or takes the checkpoint that is there if it is current.

    Args:
        job: model and training.
        data: shards and splits.
        workspace: of this stage; a killed run is resumed from it.
        backend: "local" trains in this process.

    Returns:
        The checkpoint and its figures.

    Raises:
        ConfigError: for a backend that this version does not have.
    """
    if backend != "local":
        raise ConfigError(f"This version cannot train on the backend {backend!r}.", "Use --params backend=local.")
    if is_current(workspace / CHECKPOINT_NAME, job.fingerprint()):
        return fit(job, data, workspace)
    with child_run(job.model.stage, job.model_dump(mode="json")) as loggers:
        return fit(job, data, workspace, loggers)
