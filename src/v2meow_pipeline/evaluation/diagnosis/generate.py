"""Generation of the music of all systems of a diagnosis, stored in shards."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.composer import Composer
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.shards import Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC, encode_tokens
from v2meow_pipeline.evaluation.baselines.render_baselines import RULES, rules_audio
from v2meow_pipeline.evaluation.baselines.rules import REVISION as RULES_REVISION
from v2meow_pipeline.evaluation.diagnosis.config import DiagnoseConfig, DiagnosedModels
from v2meow_pipeline.evaluation.diagnosis.systems import System, systems_of, true_tokens
from v2meow_pipeline.evaluation.generate import compose_waves, seen_features
from v2meow_pipeline.evaluation.samples import sample_seeds
from v2meow_pipeline.parallel import SERIAL

REVISION = "diagnosis-2"


class _Job(NamedTuple):
    composer: Composer
    clips: pd.DataFrame
    systems: list[System]
    tokens: ShardReader
    features: ShardReader
    seed: int


def encode_true_tokens(
    clips: pd.DataFrame, clip_audio: ShardReader, models: DiagnosedModels, config: DiagnoseConfig, folder: Path
) -> Path:
    """Encodes the clips' real audio with the tokenizers of the models, which may differ from those of the corpus.

    Args:
        clips: rows of the manifest.
        clip_audio: audio of the corpus.
        models: models whose tokenizers are used.
        config: number of clips per shard.
        folder: output directory of the shards, in the format of `corpus.tokens.encode_tokens`.

    Returns:
        The directory with all shards.
    """
    semantic, acoustic = (models.folder / f"{name}_tokenizer" for name in (SEMANTIC, ACOUSTIC))
    clock, clip_ids = models.load().clock, clips["clip_id"].tolist()
    return encode_tokens(clip_audio, semantic, acoustic, clock, folder, SERIAL, config.clips_per_shard, clip_ids)


def generate_systems(
    clips: pd.DataFrame,
    tokens: ShardReader,
    features: ShardReader,
    models: DiagnosedModels,
    config: DiagnoseConfig,
    folder: Path,
) -> Path:
    """Writes a waveform for each clip and system, and one by the baseline "rules"; resumes an interrupted run.

    Args:
        clips: rows of the manifest.
        tokens: true tokens of the clips, from `encode_true_tokens`.
        features: visual features of the corpus.
        models: diagnosed models.
        config: seed and number of clips per shard; each clip's seed is derived, and is the same in all systems.
        folder: output directory of the shards: int16 PCM [clip, clip_samples], one column per system.

    Returns:
        The directory with all shards.
    """
    composer = Composer(models.load(), models.composer)
    made_of = [composer.bundle.fingerprint, features.fingerprint, tokens.fingerprint]
    made_by = fingerprint(REVISION, RULES_REVISION, made_of, config.seed, models.composer.fingerprint())
    writer = ShardWriter(folder, clips["clip_id"].tolist(), made_by, config.clips_per_shard)
    if writer.missing():
        systems = systems_of({stream: stage.sees_video for stream, stage in composer.bundle.stages.items()})
        job = _Job(composer, clips.set_index("clip_id", drop=False), systems, tokens, features, config.seed)
        fill(writer, partial(_compose_shard, job=job), SERIAL, "systems of the diagnosis")
    writer.finish()
    return folder


def _compose_shard(shard: Shard, job: _Job) -> dict[str, np.ndarray]:
    """Waveforms of each system, [clip, clip_samples]."""
    composer, clip_ids = job.composer, shard.clip_ids
    video = seen_features(composer, job.features, clip_ids)
    streams = max((system.true for system in job.systems), key=len)
    true = true_tokens(job.tokens, clip_ids, streams, composer.clock)
    seeds = sample_seeds(job.seed, clip_ids, 0)
    made = {
        system.name: compose_waves(
            composer, video if system.video else {}, None, seeds, {name: true[name] for name in system.true}
        )
        for system in job.systems
    }
    return {**made, RULES: rules_audio(job.clips.loc[list(clip_ids), :], composer.clock, job.seed)}
