"""Models that are fitted on the corpus' training clips before the stages: two tokenizers and the music-text head.

Each checkpoint carries the fingerprint of its configuration and of the sound it was fitted on; one that has it already
is kept as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from v2meow_pipeline.checkpoint import cached_fit
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.contrastive import MusicTextConfig
from v2meow_pipeline.encoders.music_text import MusicTextHead
from v2meow_pipeline.encoders.registry import build_text
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tokenizers.acoustic import AcousticConfig, AcousticTokenizer
from v2meow_pipeline.tokenizers.semantic import SemanticConfig, SemanticTokenizer
from v2meow_pipeline.tokenizers.semantic_config import build_features

if TYPE_CHECKING:
    from v2meow_pipeline.corpus.record import Split

TRUNK = "music_trunk"
# Another one makes what was fitted stale.
REVISION = "fit-1"


def clips_of(manifest: pd.DataFrame, *splits: str) -> list[str]:
    """Ids of the clips in some splits, in the manifest's order.

    Args:
        manifest: of the corpus.
        *splits: which.

    Returns:
        Clip ids.

    Raises:
        ConfigError: when there are none.
    """
    clip_ids = manifest.loc[manifest["split"].isin(splits), "clip_id"].tolist()
    if not clip_ids:
        raise ConfigError(f"No clip of the corpus is in {' or '.join(splits)}.", "Add videos, or change the splits.")
    return clip_ids


def waves_of(store: ShardReader, clip_ids: Sequence[str], column: str = AUDIO) -> Iterator[np.ndarray]:
    """The waveforms of some clips, float32 in [-1, 1], one at a time; `column` is a system in a store of several."""
    for clip_id in clip_ids:
        yield from_pcm(store.read(clip_id, column))


class Waves:
    """The waveforms of some clips, as often as they are asked for."""

    def __init__(self, clip_audio: ShardReader, clip_ids: Sequence[str]) -> None:
        """Reads nothing yet.

        Args:
            clip_audio: of the corpus' clips.
            clip_ids: which of them.
        """
        self._clip_audio, self._clip_ids = clip_audio, clip_ids

    def __iter__(self) -> Iterator[np.ndarray]:
        """From the first clip on."""
        return waves_of(self._clip_audio, self._clip_ids)


def fit_semantic(
    manifest: pd.DataFrame, clip_audio: ShardReader, config: SemanticConfig, clock: Clock, folder: Path
) -> Path:
    """The semantic tokenizer's checkpoint, fitted on the training clips unless it is current.

    Args:
        manifest: of the corpus.
        clip_audio: of its clips.
        config: what to fit.
        clock: the rates.
        folder: of the checkpoint; a trained w2v-BERT that it may ask for lies beside it, in `w2v_bert/checkpoint`.

    Returns:
        The same folder. A network that is asked for and not there is a MissingModelError.
    """
    features = build_features(config, clock, folder.parent)
    made_by = fingerprint(_fingerprint("semantic", manifest, clip_audio, config, clock), features.fingerprint)
    return _fitted(
        lambda waves: SemanticTokenizer.fit(waves, config, clock, folder.parent), made_by, manifest, clip_audio, folder
    )


def fit_acoustic(
    manifest: pd.DataFrame, clip_audio: ShardReader, config: AcousticConfig, clock: Clock, folder: Path
) -> Path:
    """The acoustic tokenizer's checkpoint, fitted on the training clips unless it is current.

    Args:
        manifest: of the corpus.
        clip_audio: of its clips.
        config: what to fit.
        clock: the rates.
        folder: of the checkpoint.

    Returns:
        The same folder.
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
    """The music-text head's checkpoint, trained on the clips of a split that have a caption unless it is current.

    Args:
        manifest: of the corpus.
        music_trunk: the frozen music network's view of each clip.
        config: sizes and training.
        seed: of everything drawn.
        folder: of the checkpoint.
        split: "train" for the space that conditions the stages, "judge" for one that had no part in them.

    Returns:
        The same folder; its config holds held-out retrieval under `report`.

    Raises:
        ConfigError: when no clip of the split has a caption.
    """
    heard = manifest["clip_id"].isin(music_trunk.clip_ids)
    captioned = manifest[manifest["caption"].notna() & (manifest["split"] == split) & heard]
    if captioned.empty:
        raise ConfigError(
            f"No clip of the split {split} has a caption.",
            "Give at least two different ones: prompts are learned from them (docs/how-to/evaluate.md for the judge).",
        )
    clip_ids = clips_of(captioned, split)
    captions = manifest.set_index("clip_id").loc[clip_ids, "caption"].tolist()
    made_with = [music_trunk.fingerprint, build_text().fingerprint]
    made_by = fingerprint(REVISION, "music_text", made_with, config.fingerprint(), seed, clip_ids, captions)

    def fit() -> None:
        features = music_trunk.stack(TRUNK, clip_ids).astype(np.float32)
        head, report = MusicTextHead.fit(features, captions, config, seed)
        about = {"trained_on": describe(manifest, clip_ids), "licence": licences(manifest, clip_ids)}
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
        about = {"trained_on": describe(manifest, clip_ids), "licence": licences(manifest, clip_ids)}
        fit(Waves(clip_audio, clip_ids)).save(folder, made_by, **about)

    return cached_fit(folder, made_by, write)


def _fingerprint(what: str, manifest: pd.DataFrame, clip_audio: ShardReader, config: Config, clock: Clock) -> str:
    clip_ids = clips_of(manifest, "train")
    return fingerprint(
        REVISION, what, clip_audio.fingerprint, clip_ids, config.fingerprint(), clock.fingerprint_of_tokens()
    )


def describe(manifest: pd.DataFrame, clip_ids: Sequence[str]) -> str:
    """Some clips in words: how many, and of which corpora."""
    rows = manifest[manifest["clip_id"].isin(clip_ids)]
    return f"{len(rows)} clips of {', '.join(sorted(rows['corpus'].unique()))} ({licences(manifest, clip_ids)})"


def licences(manifest: pd.DataFrame, clip_ids: Sequence[str]) -> str:
    """The licences of some clips, in words."""
    rows = manifest[manifest["clip_id"].isin(clip_ids)]
    return ", ".join(sorted(rows["licence"].dropna().unique())) or "unknown"
