"""What the tokenizers keep of clips they were not fitted on, and how much of their codebooks those clips use."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.checkpoint import fingerprint_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.fitting import clips_of, waves_of
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
    """Figures and a spectrogram of validation clips, unless those there are of the same tokenizers and clips.

    Args:
        manifest: of the corpus.
        clip_audio: of its clips.
        tokens: of its clips; codebook use is counted on those of all validation clips.
        semantic: checkpoint of the semantic tokenizer.
        acoustic: checkpoint of the acoustic tokenizer, any that `load_codec` reads.
        clips: how many validation clips at most are decoded.
        clock: the rates.
        folder: where the picture, and a copy of the figures, go.
        decoder: of the codec, the same as in generation.

    Returns:
        Figures by name, and the folder.
    """
    held_out = clips_of(manifest, "val")
    clip_ids = held_out[:clips]
    fitted = [fingerprint_of(semantic), decoder_fingerprint(acoustic, decoder)]
    made_by, kept = fingerprint(REVISION, clip_audio.fingerprint, held_out, clip_ids, fitted), folder / FIGURES_NAME
    known = _known(kept)
    if known.get("fingerprint") == made_by:
        return known["figures"], folder
    waves = list(waves_of(clip_audio, clip_ids))
    codec = load_codec(acoustic, clock, decoder)
    figures = reconstruction_report(codec, waves) | semantic_report(SemanticTokenizer.load(semantic, clock), waves)
    figures |= codebook_use(tokens.stack(SEMANTIC, held_out), tokens.stack(ACOUSTIC, held_out), clock)
    reconstruction_picture(codec, waves[0], folder / "spectrogram.png")
    write_text(kept, json.dumps({"fingerprint": made_by, "figures": figures}, indent=1))
    return figures, folder


def _known(kept: Path) -> dict[str, Any]:
    try:
        return json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
