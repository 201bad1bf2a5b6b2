"""What a round trains on: features and tokens of all clips, made with the champion's own encoders and tokenizers.

A stage's weights mean nothing under another codebook, so tokenizers and the joint space of music and text are the
champion's, and are not fitted again.
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
from v2meow_pipeline.parallel import MapExecutor

SEMANTIC, ACOUSTIC, MUSIC_TEXT = "semantic_tokenizer", "acoustic_tokenizer", "music_text"


class Stores(NamedTuple):
    """Shards of all clips: `clip_audio`, `visual_features`, `tokens`, `music_text`."""

    clip_audio: ShardReader
    visual_features: ShardReader
    tokens: ShardReader
    music_text: ShardReader

    def readers(self) -> dict[str, ShardReader]:
        """What stages read."""
        return {"tokens": self.tokens, "visual_features": self.visual_features, MUSIC_TEXT: self.music_text}


def fill_stores(
    manifest: pd.DataFrame,
    models: Path,
    clock: Clock,
    visual: VisualConfig,
    folder: Path,
    executor: MapExecutor,
    known: Mapping[str, Path],
) -> Stores:
    """Features and tokens of every clip, resuming where a killed run stopped.

    Args:
        manifest: of all data, known clips first.
        models: the champion's.
        clock: the rates.
        visual: which visual features the stages see.
        folder: of the stores.
        executor: runs the work, in this process, in several, or on Ray.
        known: stores of the last training by name; new ones start from their shards, so that known clips cost nothing.

    Returns:
        The stores.
    """
    places = {name: folder / name for name in ("clip_audio", "visual_features", "music_trunk", "tokens", MUSIC_TEXT)}
    for name, source in known.items():
        adopt(source, places[name])
    audio = ShardReader(write_clip_audio(manifest, clock, places["clip_audio"], executor))
    features = extract_visual_features(manifest, visual.seen, clock, places["visual_features"], executor, models=models)
    trunk = ShardReader(extract_music_trunk(manifest, audio, clock, places["music_trunk"], executor))
    vectors = embed_music(manifest, trunk, models / MUSIC_TEXT, places[MUSIC_TEXT], audio, clock, executor)
    tokens = encode_tokens(audio, models / SEMANTIC, models / ACOUSTIC, clock, places["tokens"], executor)
    return Stores(audio, ShardReader(features), ShardReader(tokens), ShardReader(vectors))


def adopt(source: Path, target: Path) -> None:
    """Lets a new store start with the shards of another; headers tell those that do not fit, which are made again.

    Args:
        source: a store of the same kind.
        target: a store; one that has shards already is left alone.
    """
    if any(target.glob("shard-*")):
        return
    target.mkdir(parents=True, exist_ok=True)
    for shard in source.glob("shard-*.safetensors"):
        try:
            os.link(shard, target / shard.name)
        except OSError:  # another disk
            shutil.copyfile(shard, target / shard.name)
