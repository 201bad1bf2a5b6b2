"""Reconstruction quality and codebook usage of the tokenizers on held-out clips."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.checkpoint import fingerprint_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import waves_of
from v2meow_pipeline.corpus.clips import clips_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC
from v2meow_pipeline.tokenizers.codebook_use import codebook_use
from v2meow_pipeline.tokenizers.picture import reconstruction_picture
from v2meow_pipeline.tokenizers.registry import Decoder, decoder_fingerprint, load_codec
from v2meow_pipeline.tokenizers.report import reconstruction_report, semantic_report
from v2meow_pipeline.tokenizers.semantic import SemanticTokenizer

FIGURES_NAME = "figures.json"
REVISION = "reconstruction-3"


def report_reconstruction(
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    tokens: ShardReader,
    semantic: Path,
    acoustic: Path,
    clips: int,
    clock: Clock,
    folder: Path,
    decoder: Decoder = "griffin_lim",
) -> tuple[dict[str, float], Path]:
    """Computes reconstruction metrics and a spectrogram image on validation clips, unless up-to-date ones exist.

    Args:
        manifest: clip manifest of the corpus.
        clip_audio: shard store of the clips' waveforms.
        tokens: shard store of the clips' tokens; codebook usage is measured on all validation clips.
        semantic: checkpoint directory of the semantic tokenizer.
        acoustic: checkpoint directory of the acoustic tokenizer, of any kind that `load_codec` reads.
        clips: maximum number of validation clips to decode.
        clock: sample and token rates.
        folder: output directory of the spectrogram image and the metrics file.
        decoder: decoder of the codec, the same as in generation.

    Returns:
        Metrics by name, and `folder`.
    """
    held_out = clips_of(manifest, "val")
    clip_ids = held_out[:clips]
    fitted = [fingerprint_of(semantic), decoder_fingerprint(acoustic, decoder)]
    made_by, path = fingerprint(REVISION, clip_audio.fingerprint, held_out, clip_ids, fitted), folder / FIGURES_NAME
    cached = _read_cache(path)
    if cached.get("fingerprint") == made_by:
        return cached["figures"], folder
    waves = list(waves_of(clip_audio, clip_ids))
    codec = load_codec(acoustic, clock, decoder)
    figures = reconstruction_report(codec, waves) | semantic_report(SemanticTokenizer.load(semantic, clock), waves)
    figures |= codebook_use(tokens.stack(SEMANTIC, held_out), tokens.stack(ACOUSTIC, held_out), clock)
    reconstruction_picture(codec, waves[0], folder / "spectrogram.png")
    write_text(path, json.dumps({"fingerprint": made_by, "figures": figures}, indent=1))
    return figures, folder


def _read_cache(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
