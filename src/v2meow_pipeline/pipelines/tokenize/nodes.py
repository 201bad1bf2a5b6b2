"""Nodes of the tokenize pipeline."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.model_store import ModelStore


class CorpusAudio(NamedTuple):
    """Audio of the corpus: clip manifest, shards of waveforms, and rates."""

    manifest: pd.DataFrame
    clip_audio: ShardReader
    clock: Clock


class ExcerptData(NamedTuple):
    """Data that audio prompts are selected from: manifest, tokens, music-text embeddings, and rates."""

    manifest: pd.DataFrame
    tokens: ShardReader
    music_text: ShardReader
    clock: Clock


def collect_audio(manifest: pd.DataFrame, clip_audio: ShardReader, clock: dict[str, Any]) -> CorpusAudio:
    """Collects the audio that tokenizers are fitted and evaluated on."""
    return CorpusAudio(manifest, clip_audio, Clock.parse(clock))


def fit_semantic_tokenizer(
    audio: CorpusAudio, params: dict[str, Any], from_scratch: bool, w2v_bert: Path, folder: Path
) -> Path:
    """Provides the semantic tokenizer checkpoint: fitted, or from the release."""
    from v2meow_pipeline.release import place_tokenizer
    from v2meow_pipeline.tokenizers.semantic import SemanticConfig
    from v2meow_pipeline.training.fitting import fit_semantic

    if not from_scratch:
        return place_tokenizer(folder)
    config = SemanticConfig.parse(params)
    return fit_semantic(audio.manifest, audio.clip_audio, config, audio.clock, w2v_bert, folder)


def fit_acoustic_tokenizer(
    audio: CorpusAudio,
    codec: Literal["kmeans", "mel_rvq", "soundstream", "dac", "encodec"],
    params: dict[str, Any],
    from_scratch: bool,
    networks: ModelStore,
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
        return place_codec(codec, audio.clock, networks, folder)
    return fit_acoustic(audio.manifest, audio.clip_audio, AcousticConfig.parse(params), audio.clock, folder)


def encode_clips(
    clip_audio: ShardReader, tokenizers: ModelStore, clock: dict[str, Any], executor: Executor, folder: Path
) -> Path:
    """Encodes clip audio to shards of tokens."""
    from v2meow_pipeline.corpus.tokens import encode_tokens

    semantic, codec = tokenizers.semantic_tokenizer, tokenizers.codec
    return encode_tokens(clip_audio, semantic, codec, Clock.parse(clock), folder, executor.map("tokens"))


def report_tokenizers(
    audio: CorpusAudio,
    tokens: ShardReader,
    decoders: ModelStore,
    clips: int,
    decoder: Literal["griffin_lim", "vocoder"],
    folder: Path,
) -> tuple[dict[str, float], Path]:
    """Measures the reconstruction of validation clips from tokens: metrics, and spectrograms."""
    from v2meow_pipeline.evaluation.components.reconstruction import report_reconstruction

    manifest, clip_audio, clock = audio
    semantic, codec = decoders.semantic_tokenizer, decoders.codec
    return report_reconstruction(manifest, clip_audio, tokens, semantic, codec, clips, clock, folder, decoder)


def collect_excerpt_data(
    manifest: pd.DataFrame, tokens: ShardReader, music_text: ShardReader, clock: dict[str, Any]
) -> ExcerptData:
    """Collects the data that audio prompts are selected from."""
    return ExcerptData(manifest, tokens, music_text, Clock.parse(clock))


def select_audio_prompts(data: ExcerptData, models: ModelStore, params: dict[str, Any], folder: Path) -> Path:
    """Selects excerpts of the training music that generation continues, and returns their checkpoint."""
    from v2meow_pipeline.training.audio_prompt_selection import AudioPromptConfig, fit_audio_prompts

    return fit_audio_prompts(*data, models, AudioPromptConfig.parse(params), folder)
