"""Training jobs of stages, built from parameters and datasets."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from v2meow_pipeline.checkpoint import fingerprint_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clips import clips_of, describe_clips, licences_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.encoders.base import VisualTokenEncoder
from v2meow_pipeline.encoders.registry import TRAINED_VISUAL, build_visual
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.event_curves import AUDIO_EVENTS
from v2meow_pipeline.jobs.codebooks import read_codebooks
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.model_store import CODEC, MUSIC_TEXT, SEMANTIC_TOKENIZER, ModelStore, trained_part
from v2meow_pipeline.models.stage_model import StageModelConfig
from v2meow_pipeline.models.stages import stage
from v2meow_pipeline.models.streams import Feature, VisualTokens
from v2meow_pipeline.release import open_release
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.stage_job import StageData, StageFitConfig, StageTraining, stage_job

# Value of `train.warm_start` that selects the same stage of the installed release.
RELEASE = "release"
# Fields of a stage's model config that are set from the data, not from parameters.
FROM_DATA = ("features", "music_text_width", "clock")


def build_stage_job(
    inputs: StageInputs, models: ModelStore, model: dict[str, Any], train: dict[str, Any]
) -> TrainingJob:
    """Builds the training job of a stage.

    Args:
        inputs: data of the stages; only the shards that the stage uses are part of its fingerprint.
        models: tokenizers and encoders that made the data, and stages for a warm start.
        model: values of `StageModelConfig` without clock, features and widths.
        train: values of `StageFitConfig`.

    Returns:
        Training job, whose fingerprint includes the data.
    """
    manifest, tokens, features, music_text, visual, clock = inputs
    fit_config = StageFitConfig.parse(train)
    seen, vectors = visual_features(features, visual, clock, models) if stage(model["stage"]).visual else ({}, {})
    needs_features = bool(seen) or bool(model.get("events"))
    width = music_text.layout[MUSIC_TEXT][1][-1]
    config = StageModelConfig.parse({**model, "features": seen, "music_text_width": width, "clock": clock})
    sees_text = config.spec.music_text
    data = [tokens, *([features] if needs_features else []), *([music_text] if sees_text else [])]
    needed = [SEMANTIC_TOKENIZER, CODEC, *([MUSIC_TEXT] if sees_text else [])]
    needed += [trained_part(name) for name in seen if name in TRAINED_VISUAL]
    splits = {split: clips_of(manifest, split) for split in ("train", "val")}
    start = _start_checkpoint(fit_config.warm_start, config.stage, models)
    spec = StageTraining(
        model=config,
        fit=fit_config,
        trained_on=fingerprint([reader.fingerprint for reader in data], splits),
        made_with={name: fingerprint_of(models.part(name)) for name in needed if models.part(name).exists()},
        started_from=fingerprint_of(start) if start else None,
        described=describe_clips(manifest, splits["train"]),
        licence=licences_of(manifest, splits["train"]),
    )
    streams = stage_readers(config.all_features(), tokens, features, music_text)
    codebooks = read_codebooks(models.semantic_tokenizer, models.codec, clock) | vectors
    return stage_job(spec, StageData(streams, splits["train"], splits["val"], codebooks, start))


def stage_readers(
    seen: Iterable[str], tokens: ShardReader, features: ShardReader, music_text: ShardReader
) -> dict[str, ShardReader]:
    """Shard reader of each stream of a stage, for `examples.stage_examples.StageClips`.

    Args:
        seen: names of the visual features that the stage uses, including "events" if it uses event curves.
        tokens: shards of semantic and acoustic tokens, and of the data from which event curves of music are sampled.
        features: shards of visual features.
        music_text: shards of music-text embeddings.

    Returns:
        Shard readers by stream name.
    """
    audio_readers = {"semantic": tokens, "acoustic": tokens, AUDIO_EVENTS: tokens, MUSIC_TEXT: music_text}
    return audio_readers | dict.fromkeys(seen, features)


def _start_checkpoint(name: str | None, stage_name: str, models: ModelStore) -> Path | None:
    """Checkpoint folder that initialises a stage; None for random weights."""
    if name is None:
        return None
    if name == RELEASE:
        return open_release().part(trained_part(stage_name))
    return models.stage(name)


def visual_features(
    features: ShardReader, visual: VisualConfig, clock: Clock, models: ModelStore
) -> tuple[dict[str, Feature], dict[str, np.ndarray]]:
    """Describes the visual features of a variant.

    Args:
        features: shards of all extracted visual features.
        visual: visual variant; selects the features.
        clock: rates of all streams.
        models: models folder, with the networks that are trained in this project.

    Returns:
        Width of each continuous feature or token description of each discrete one, by name; and codebook vectors
        [1, code, width] of the discrete features, by name.

    Raises:
        ConfigError: when the shards lack a feature of the variant.
    """
    missing = sorted(set(visual.seen) - set(features.layout))
    if missing:
        raise ConfigError(
            f"Variant {visual.variant} needs {', '.join(missing)}; visual_features contains "
            f"{', '.join(features.names)}.",
            "Run the features pipeline with the same `visual` parameters.",
        )
    found: dict[str, Feature] = {}
    vectors: dict[str, np.ndarray] = {}
    for name in visual.seen:
        dtype, shape = features.layout[name]
        if not np.issubdtype(np.dtype(dtype), np.integer):
            found[name] = shape[-1]
            continue
        encoder = build_visual(name, clock, models.root)
        assert isinstance(encoder, VisualTokenEncoder)
        grid = {"tokens": encoder.tokens, "codes": encoder.codes, "code_width": encoder.codebook.shape[1]}
        found[name] = VisualTokens.parse({**grid, "vectors": visual.vectors, "reduction": visual.reduction})
        vectors[name] = encoder.codebook[None]
    return found, vectors
