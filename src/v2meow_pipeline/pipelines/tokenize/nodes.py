"""Nodes of the tokenize pipeline."""

from pathlib import Path
from typing import Any, Literal

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.model_store import ModelStore


def fit_semantic_tokenizer(
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    params: dict[str, Any],
    clock: dict[str, Any],
    from_scratch: bool,
    folder: Path,
) -> Path:
    """Provides the semantic tokenizer checkpoint: fitted, or from the release."""
    from v2meow_pipeline.release import place_tokenizer
    from v2meow_pipeline.tokenizers.semantic import SemanticConfig
    from v2meow_pipeline.training.fitting import fit_semantic

    if not from_scratch:
        return place_tokenizer(folder)
    return fit_semantic(manifest, clip_audio, SemanticConfig.parse(params), Clock.parse(clock), folder)


def fit_acoustic_tokenizer(
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    codec: Literal["kmeans", "mel_rvq", "soundstream", "dac", "encodec"],
    params: dict[str, Any],
    clock: dict[str, Any],
    from_scratch: bool,
    models: Path,
    folder: Path,
) -> Path:
    """Provides the acoustic tokenizer checkpoint: fitted, trained here, pretrained, or from the release."""
    from v2meow_pipeline.corpus.component_selection import place_codec
    from v2meow_pipeline.release import place_tokenizer
    from v2meow_pipeline.tokenizers.acoustic import AcousticConfig
    from v2meow_pipeline.training.fitting import fit_acoustic

    if not from_scratch:
        return place_tokenizer(folder)
    if codec != "kmeans":
        return place_codec(codec, Clock.parse(clock), ModelStore(models), folder)
    return fit_acoustic(manifest, clip_audio, AcousticConfig.parse(params), Clock.parse(clock), folder)


def encode_clips(
    clip_audio: ShardReader,
    semantic: Path,
    acoustic: Path,
    workers: int,
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    folder: Path,
) -> Path:
    """Encodes clip audio to shards of tokens."""
    from v2meow_pipeline.corpus.tokens import encode_tokens
    from v2meow_pipeline.executors.map import map_executor

    executor = map_executor(workers, backend, ray)
    return encode_tokens(clip_audio, semantic, acoustic, Clock.parse(clock), folder, executor)


def report_tokenizers(
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    tokens: ShardReader,
    semantic: Path,
    acoustic: Path,
    clips: int,
    decoder: Literal["griffin_lim", "vocoder"],
    clock: dict[str, Any],
    folder: Path,
) -> tuple[dict[str, float], Path]:
    """Measures the reconstruction of validation clips from tokens: metrics, and spectrograms."""
    from v2meow_pipeline.evaluation.components.reconstruction import report_reconstruction

    return report_reconstruction(
        manifest, clip_audio, tokens, semantic, acoustic, clips, Clock.parse(clock), folder, decoder
    )
