"""Training of a stage on the backend that a run asks for."""

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from v2meow_pipeline.checkpoint import fingerprint_of, is_current, previous_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.fitting import clips_of, describe, licences
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.encoders.base import VisualTokenEncoder
from v2meow_pipeline.encoders.registry import TRAINED_VISUAL, build_visual
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.select import Backend
from v2meow_pipeline.jobs.codebooks import read_codebooks
from v2meow_pipeline.models.stage_model import StageModelConfig
from v2meow_pipeline.models.stages import MUSIC_TEXT, stage
from v2meow_pipeline.models.streams import Feature, VisualTokens
from v2meow_pipeline.release import open_release
from v2meow_pipeline.tracking.runs import child_run
from v2meow_pipeline.training.event_curves import AUDIO_EVENTS
from v2meow_pipeline.training.fit import FitData, FitJob, StageFitConfig, fit
from v2meow_pipeline.training.trainer import CHECKPOINT_NAME, FitResult, result_of

log = logging.getLogger(__name__)

# Value of `train.warm_start`: the same stage of the installed release.
RELEASE = "release"
# What of a stage's model is given by the data, not by parameters.
FROM_DATA = ("features", "music_text_width", "clock")


def build_job(
    manifest: pd.DataFrame,
    readers: Mapping[str, ShardReader],
    made_with: Mapping[str, Path],
    model: dict[str, Any],
    train: dict[str, Any],
    visual: VisualConfig,
    clock: Clock,
) -> tuple[FitJob, FitData]:
    """What a stage is trained on, and how.

    Args:
        manifest: of the corpus; its splits "train" and "val" are used.
        readers: "tokens", "visual_features" and "music_text" of each clip; those that the stage does not see have no
            part in its fingerprint.
        made_with: checkpoints "semantic_tokenizer", "acoustic_tokenizer" and "music_text" that the tokens and vectors
            come from; all models lie in one folder.
        model: values of `StageModelConfig`, but clock, features and widths.
        train: values of `StageFitConfig`.
        visual: which visual features the stage sees, if it sees any.
        clock: the rates.

    Returns:
        The job, whose fingerprint covers the data, and the data.
    """
    tokens, features, music_text = (readers[name] for name in ("tokens", "visual_features", "music_text"))
    models = made_with["semantic_tokenizer"].parent
    fit_config = StageFitConfig.parse(train)
    seen, vectors = visual_features(features, visual, clock, models) if stage(model["stage"]).visual else ({}, {})
    needs_pictures = bool(seen) or bool(model.get("events"))
    width = music_text.layout[MUSIC_TEXT][1][-1]
    config = StageModelConfig.parse({**model, "features": seen, "music_text_width": width, "clock": clock})
    sees_text = config.spec.music_text
    data = [tokens, *([features] if needs_pictures else []), *([music_text] if sees_text else [])]
    needed = {name: path for name, path in made_with.items() if name != MUSIC_TEXT or sees_text}
    needed |= {f"{name}/{CHECKPOINT_NAME}": models / name / CHECKPOINT_NAME for name in seen if name in TRAINED_VISUAL}
    splits = {split: clips_of(manifest, split) for split in ("train", "val")}
    start = _start(fit_config.warm_start, config.stage, models)
    job = FitJob(
        model=config,
        fit=fit_config,
        trained_on=fingerprint([reader.fingerprint for reader in data], splits),
        made_with={name: fingerprint_of(path) for name, path in needed.items() if path.exists()},
        started_from=fingerprint_of(start) if start else None,
        described=describe(manifest, splits["train"]),
        licence=licences(manifest, splits["train"]),
    )
    streams = stage_readers(config.all_features(), tokens, features, music_text)
    codebooks = read_codebooks(made_with["semantic_tokenizer"], made_with["acoustic_tokenizer"], clock) | vectors
    return job, FitData(streams, splits["train"], splits["val"], codebooks, start)


def stage_readers(
    seen: Iterable[str], tokens: ShardReader, features: ShardReader, music_text: ShardReader
) -> dict[str, ShardReader]:
    """Where a stage reads its streams, as `training.data.StageClips` takes it.

    Args:
        seen: names of the visual features that the stage sees, "events" among them where it sees event curves.
        tokens: semantic and acoustic tokens of each clip, and what event curves of the music are sampled from.
        features: visual features of each clip.
        music_text: music-text vector of each clip.

    Returns:
        A store for each stream, by the stream's name.
    """
    of_sound = {"semantic": tokens, "acoustic": tokens, AUDIO_EVENTS: tokens, MUSIC_TEXT: music_text}
    return of_sound | dict.fromkeys(seen, features)


def _start(name: str | None, stage_name: str, models: Path) -> Path | None:
    """The checkpoint that a stage starts from."""
    if name is None:
        return None
    if name == RELEASE:
        return open_release().part(f"{stage_name}/{CHECKPOINT_NAME}")
    return models / name / CHECKPOINT_NAME


def visual_features(
    features: ShardReader, visual: VisualConfig, clock: Clock, models: Path
) -> tuple[dict[str, Feature], dict[str, np.ndarray]]:
    """The visual features of a variant.

    Args:
        features: shards of all features that were extracted.
        visual: which of them are seen.
        clock: the rates.
        models: the folder of the networks trained here.

    Returns:
        For each feature its width, or its tokens; for the latter also the vectors of their codes, [1, code, width].

    Raises:
        ConfigError: when the shards lack a feature of the variant.
    """
    missing = sorted(set(visual.seen) - set(features.layout))
    if missing:
        raise ConfigError(
            f"Variant {visual.variant} needs {', '.join(missing)}; visual_features has {', '.join(features.names)}.",
            "Run the features pipeline with the same `visual` parameters.",
        )
    found: dict[str, Feature] = {}
    vectors: dict[str, np.ndarray] = {}
    for name in visual.seen:
        dtype, shape = features.layout[name]
        if not np.issubdtype(np.dtype(dtype), np.integer):
            found[name] = shape[-1]
            continue
        encoder = build_visual(name, clock, models)
        assert isinstance(encoder, VisualTokenEncoder)
        grid = {"tokens": encoder.tokens, "codes": encoder.codes, "code_width": encoder.codebook.shape[1]}
        found[name] = VisualTokens.parse({**grid, "vectors": visual.vectors, "reduction": visual.reduction})
        vectors[name] = encoder.codebook[None]
    return found, vectors


def train_stage(job: FitJob, data: FitData, workspace: Path, backend: Backend) -> FitResult:
    """Trains a stage, or takes the checkpoint that is there if it is current.

    Args:
        job: model and training.
        data: shards and splits.
        workspace: of this stage; a killed run is resumed.
        backend: where it trains.

    Returns:
        The checkpoint and its figures.
    """
    fingerprint = job.fingerprint()
    if is_current(workspace / CHECKPOINT_NAME, fingerprint):
        return result_of(workspace / CHECKPOINT_NAME)
    if (workspace / CHECKPOINT_NAME).is_dir():
        log.warning(
            "The %s stage is there, trained on other data or with other settings. The new one replaces it at the end; "
            "the old one stays as %s.",
            job.model.stage,
            previous_of(workspace / CHECKPOINT_NAME),
        )
    with child_run(job.model.stage, job.model_dump(mode="json")) as child:
        return backend.train(partial(fit, job, data), workspace, fingerprint, child)
