"""Fitting of the two tokenizers and the music-text head on the training clips, before the stages are trained.

Each checkpoint stores the fingerprint of its configuration and training audio; an up-to-date checkpoint is reused.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from v2meow_pipeline.checkpoint import cached_fit
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.corpus.clip_audio import Waves
from v2meow_pipeline.corpus.clips import clips_of, describe_clips, licences_of
from v2meow_pipeline.corpus.music_text_embeddings import TRUNK
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.music_text_towers import MusicTextConfig
from v2meow_pipeline.encoders.registry import build_text
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tokenizers.acoustic import AcousticConfig, AcousticTokenizer
from v2meow_pipeline.tokenizers.semantic import SemanticConfig, SemanticTokenizer
from v2meow_pipeline.tokenizers.semantic_config import build_features
from v2meow_pipeline.training.music_text import fit_head

if TYPE_CHECKING:
    from v2meow_pipeline.source_video import Split

# Changing it invalidates the fitted checkpoints.
REVISION = "fit-1"


def fit_semantic(
    manifest: pd.DataFrame, clip_audio: ShardReader, config: SemanticConfig, clock: Clock, w2v_bert: Path, folder: Path
) -> Path:
    """Fits the semantic tokenizer on the training clips, unless its checkpoint is up to date.

    Args:
        manifest: clip manifest of the corpus.
        clip_audio: shard store of the clips' waveforms.
        config: tokenizer configuration.
        clock: sample and token rates.
        w2v_bert: checkpoint of the trained w2v-BERT; read for its features only.
        folder: output directory of the checkpoint.

    Returns:
        `folder`.

    Raises:
        MissingModelError: if the weights of the configured features are missing.
    """
    features = build_features(config, clock, w2v_bert)
    made_by = fingerprint(_fingerprint("semantic", manifest, clip_audio, config, clock), features.fingerprint)
    return _fitted(
        lambda waves: SemanticTokenizer.fit(waves, config, clock, w2v_bert), made_by, manifest, clip_audio, folder
    )


def fit_acoustic(
    manifest: pd.DataFrame, clip_audio: ShardReader, config: AcousticConfig, clock: Clock, folder: Path
) -> Path:
    """Fits the acoustic tokenizer on the training clips, unless its checkpoint is up to date.

    Args:
        manifest: clip manifest of the corpus.
        clip_audio: shard store of the clips' waveforms.
        config: tokenizer configuration.
        clock: sample and token rates.
        folder: output directory of the checkpoint.

    Returns:
        `folder`.
    """
    made_by = _fingerprint("acoustic", manifest, clip_audio, config, clock)
    return _fitted(lambda waves: AcousticTokenizer.fit(waves, config, clock), made_by, manifest, clip_audio, folder)


def fit_music_text(
    manifest: pd.DataFrame,
    music_trunk: ShardReader,
    config: MusicTextConfig,
    seed: int,
    folder: Path,
    split: "Split" = "train",
) -> Path:
    """Trains the music-text head on the captioned clips of a split, unless its checkpoint is up to date.

    Args:
        manifest: clip manifest of the corpus.
        music_trunk: shard store of the frozen music encoder's features of each clip.
        config: layer sizes and training settings.
        seed: random seed of the training.
        folder: output directory of the checkpoint.
        split: "train" for the embedding that conditions the stages, "judge" for the one that evaluates them.

    Returns:
        `folder`; the checkpoint's config holds held-out retrieval metrics under `report`.

    Raises:
        ConfigError: if no clip of the split has a caption.
    """
    has_features = manifest["clip_id"].isin(music_trunk.clip_ids)
    captioned = manifest[manifest["caption"].notna() & (manifest["split"] == split) & has_features]
    if captioned.empty:
        raise ConfigError(
            f"No clip of the split {split} has a caption.",
            "Add at least two different captions (docs/how-to/evaluate.md for the judge).",
        )
    clip_ids = clips_of(captioned, split)
    captions = manifest.set_index("clip_id").loc[clip_ids, "caption"].tolist()
    made_with = [music_trunk.fingerprint, build_text().fingerprint]
    made_by = fingerprint(REVISION, "music_text", made_with, config.fingerprint(), seed, clip_ids, captions)

    def fit() -> None:
        features = music_trunk.stack(TRUNK, clip_ids).astype(np.float32)
        head, report = fit_head(features, captions, config, seed)
        about = {"trained_on": describe_clips(manifest, clip_ids), "licence": licences_of(manifest, clip_ids)}
        head.save(folder, made_by, {**about, "report": report._asdict()})

    return cached_fit(folder, made_by, fit)


def _fitted(
    fit: Callable[[Iterable[np.ndarray]], SemanticTokenizer | AcousticTokenizer],
    made_by: str,
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    folder: Path,
) -> Path:
    clip_ids = clips_of(manifest, "train")

    def write() -> None:
        about = {"trained_on": describe_clips(manifest, clip_ids), "licence": licences_of(manifest, clip_ids)}
        fit(Waves(clip_audio, clip_ids)).save(folder, made_by, **about)

    return cached_fit(folder, made_by, write)


def _fingerprint(what: str, manifest: pd.DataFrame, clip_audio: ShardReader, config: Config, clock: Clock) -> str:
    clip_ids = clips_of(manifest, "train")
    return fingerprint(
        REVISION, what, clip_audio.fingerprint, clip_ids, config.fingerprint(), clock.fingerprint_of_tokens()
    )
