"""Data of a retraining round: features and tokens of all clips, made with the champion's encoders and tokenizers.

The champion's tokenizers and music-text embedding are reused without fitting them again, since a stage's weights are
only valid for the codebooks with which it was trained.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.audio import write_clip_audio
from v2meow_pipeline.corpus.features import extract_visual_features
from v2meow_pipeline.corpus.music_text_embeddings import embed_music, extract_music_trunk
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.tokens import encode_tokens
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.model_store import MUSIC_TEXT, ModelStore
from v2meow_pipeline.parallel import MapExecutor


class Stores(NamedTuple):
    """Shard readers of all clips: `clip_audio`, `visual_features`, `tokens`, `music_text`."""

    clip_audio: ShardReader
    visual_features: ShardReader
    tokens: ShardReader
    music_text: ShardReader

    def inputs(self, manifest: pd.DataFrame, visual: VisualConfig, clock: Clock) -> StageInputs:
        """Data that stages are trained on."""
        return StageInputs(manifest, self.tokens, self.visual_features, self.music_text, visual, clock)


def fill_stores(
    manifest: pd.DataFrame,
    models: ModelStore,
    clock: Clock,
    visual: VisualConfig,
    folder: Path,
    executor: MapExecutor,
    known: Mapping[str, Path],
) -> Stores:
    """Computes features and tokens of every clip; resumes an interrupted run.

    Args:
        manifest: clip manifest of old and new data, known clips first.
        models: the champion's models.
        clock: rates of all streams.
        visual: visual features of the stages.
        folder: folder to which the shards are written.
        executor: map executor: this process, several processes, or Ray.
        known: shard folders of the last training by name, which are reused for known clips.

    Returns:
        Shard readers of all clips.
    """
    folders = {name: folder / name for name in ("clip_audio", "visual_features", "music_trunk", "tokens", MUSIC_TEXT)}
    for name, source in known.items():
        adopt(source, folders[name])
    audio = ShardReader(write_clip_audio(manifest, clock, folders["clip_audio"], executor))
    features = extract_visual_features(
        manifest, visual.seen, clock, folders["visual_features"], executor, models=models.root
    )
    trunk = ShardReader(extract_music_trunk(manifest, audio, clock, folders["music_trunk"], executor))
    vectors = embed_music(manifest, trunk, models.music_text, folders[MUSIC_TEXT], audio, clock, executor)
    tokens = encode_tokens(audio, models.semantic_tokenizer, models.codec, clock, folders["tokens"], executor)
    return Stores(audio, ShardReader(features), ShardReader(tokens), ShardReader(vectors))


def adopt(source: Path, target: Path) -> None:
    """Links the shards of an existing store into a new one; shards whose header does not match are computed again.

    Args:
        source: shard folder of the same kind.
        target: new shard folder; unchanged if it contains shards already.
    """
    if any(target.glob("shard-*")):
        return
    target.mkdir(parents=True, exist_ok=True)
    for shard in source.glob("shard-*.safetensors"):
        try:
            os.link(shard, target / shard.name)
        except OSError:  # hard links do not work across file systems
            shutil.copyfile(shard, target / shard.name)
