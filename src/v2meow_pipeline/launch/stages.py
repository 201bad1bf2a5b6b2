"""Training of a stage on the backend that a run asks for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from v2meow_pipeline.checkpoint import is_current, load_checkpoint, read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.fitting import clips_of, describe, licences
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.launch.tracking import child_run
from v2meow_pipeline.models.stage_model import StageModelConfig
from v2meow_pipeline.models.stages import TokenStream, stage
from v2meow_pipeline.training.fit import CHECKPOINT_NAME, FitData, FitJob, FitResult, fit
from v2meow_pipeline.training.module import FitConfig

Backend = Literal["local", "ray"]


def build_job(
    manifest: pd.DataFrame,
    readers: Mapping[str, ShardReader],
    made_with: Mapping[str, Path],
    model: dict[str, Any],
    train: dict[str, Any],
    clock: Clock,
) -> tuple[FitJob, FitData]:
    """What a stage is trained on, and how.

    Args:
        manifest: of the corpus; its splits "train" and "val" are used.
        readers: "tokens", "visual_features" and "music_text" of each clip; those that the stage does not see have no
            part in its fingerprint.
        made_with: checkpoints "semantic_tokenizer", "acoustic_tokenizer" and "music_text" that the tokens and vectors
            come from.
        model: values of `StageModelConfig`, but clock and widths; `features` lists the visual features by name.
        train: values of `FitConfig`.
        clock: the rates.

    Returns:
        The job, whose fingerprint covers the data, and the data.
    """
    tokens, visual = readers["tokens"], readers["visual_features"]
    widths = _widths(visual, model.get("features", []))
    config = StageModelConfig.parse({**model, "features": widths, "clock": clock})
    spec = stage(config.stage)
    seen = [tokens, *([visual] if spec.visual else []), *([readers["music_text"]] if spec.music_text else [])]
    needed = {name: path for name, path in made_with.items() if name != "music_text" or spec.music_text}
    splits = {split: clips_of(manifest, split) for split in ("train", "val")}
    job = FitJob(
        model=config,
        fit=FitConfig.parse(train),
        trained_on=fingerprint([reader.fingerprint for reader in seen], splits),
        made_with={name: read_config(path)["fingerprint"] for name, path in needed.items()},
        described=describe(manifest, splits["train"]),
        licence=licences(manifest, splits["train"]),
    )
    streams = {"semantic": tokens, "acoustic": tokens, "music_text": readers["music_text"]}
    codebooks = read_codebooks(made_with["semantic_tokenizer"], made_with["acoustic_tokenizer"], clock)
    return job, FitData({**streams, **dict.fromkeys(widths, visual)}, splits["train"], splits["val"], codebooks)


def _widths(visual: ShardReader, names: Sequence[str]) -> dict[str, int]:
    missing = sorted(set(names) - set(visual.layout))
    if missing:
        raise ConfigError(
            f"The stage wants {', '.join(missing)}; visual_features has {', '.join(visual.names)}.",
            "Let `features.visual` and the stage's `model.features` agree.",
        )
    return {name: visual.layout[name][1][-1] for name in names}


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
