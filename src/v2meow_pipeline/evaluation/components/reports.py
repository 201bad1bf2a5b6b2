"""Evaluation of single trained components on held-out clips: codecs, visual tokens, joint embedding spaces."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.clip_audio import waves_of
from v2meow_pipeline.corpus.clips import clips_of
from v2meow_pipeline.corpus.frames import FRAMES, write_clip_frames
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.music_text_loading import load_music_text, music_text_kind
from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.encoders.vitvqgan.network import ViTVQGAN
from v2meow_pipeline.encoders.vitvqgan.picture import reconstruction_picture
from v2meow_pipeline.encoders.vitvqgan.report import reconstruction_report as tokens_report
from v2meow_pipeline.evaluation.components.retrieval import report_rows, retrieval_report, synthetic_clips
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.networks.checkpointing import load_network
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.registry import load_codec, vocoder_folder
from v2meow_pipeline.tokenizers.report import reconstruction_report

CODEC, SOUNDSTREAM, VITVQGAN = "acoustic_tokenizer", "soundstream", "vitvqgan"
SPACES = ("music_text", "mulan")
CHECKPOINT = "checkpoint"


class ComponentsConfig(Config):
    """Data on which components are evaluated.

    Attributes:
        split: split of the manifest.
        clips: number of clips of the split.
        recordings: paths of additional sound files for codecs, each evaluated separately; three clip lengths of each
            are read.
        combinations: number of unseen genre x tempo x energy combinations for joint spaces; 0 leaves these out.
        seed: seed of the bootstrap resampling.
    """

    split: str = "test-iid"
    clips: int = Field(default=8, gt=0)
    recordings: tuple[str, ...] = ()
    combinations: int = Field(default=240, ge=0)
    seed: int = 0


def report_codecs(
    manifest: pd.DataFrame, clip_audio: ShardReader, models: Path, config: ComponentsConfig, clock: Clock
) -> pd.DataFrame:
    """Reconstruction metrics of every fitted or trained codec.

    Args:
        manifest: manifest of the corpus.
        clip_audio: audio of its clips.
        models: directory of all checkpoints.
        config: evaluation data.
        clock: sample rates and clip length.

    Returns:
        One row per codec, sound and metric, with the columns `codec`, `sound`, `figure`, `value`; metrics as in
        `tokenizers.report.reconstruction_report`.
    """
    sounds = {config.split: list(waves_of(clip_audio, clips_of(manifest, config.split)[: config.clips]))}
    for name in config.recordings:
        sounds[Path(name).stem] = [read_audio(Path(name), clock.sample_rate_hz, 0.0, 3 * clock.clip_s)]
    rows = [
        {"codec": codec_name, "sound": sound, "figure": figure, "value": value}
        for codec_name, codec in _codecs(models, clock)
        for sound, waves in sounds.items()
        for figure, value in reconstruction_report(codec, waves).items()
    ]
    return pd.DataFrame(rows)


def _codecs(models: Path, clock: Clock) -> Iterator[tuple[str, Codec]]:
    kind = read_config(models / CODEC)["kind"]
    yield kind, load_codec(models / CODEC, clock)
    if _exists(vocoder_folder(models / CODEC)) and kind == CODEC:
        yield f"{kind} with vocoder", load_codec(models / CODEC, clock, "vocoder")
    if _exists(models / SOUNDSTREAM / CHECKPOINT) and kind != SOUNDSTREAM:
        yield SOUNDSTREAM, load_codec(models / SOUNDSTREAM / CHECKPOINT, clock)


def report_visual_tokens(
    manifest: pd.DataFrame, models: Path, config: ComponentsConfig, clock: Clock, cache: Path, picture: Path
) -> dict[str, float]:
    """Reconstruction metrics of the ViT-VQGAN on held-out frames, and a figure with examples.

    Args:
        manifest: manifest of the corpus.
        models: directory of all checkpoints.
        config: evaluation data.
        clock: frame rates and clip length.
        cache: cache directory for the frames.
        picture: path of the PNG with frames and their reconstructions.

    Returns:
        `visual_tokens_<metric>` -> value, metrics as in `encoders.vitvqgan.report.reconstruction_report`; empty if no
        ViT-VQGAN was trained.
    """
    folder = models / VITVQGAN / CHECKPOINT
    if not _exists(folder):
        return {}
    network = load_network(folder, VITVQGAN, ViTVQGANConfig, ViTVQGAN)
    clip_ids = clips_of(manifest, config.split)[: config.clips]
    rows = manifest[manifest["clip_id"].isin(clip_ids)]
    frames = ShardReader(write_clip_frames(rows, network.config.size_px, clock, cache / "judged_frames", SERIAL))
    clips = [frames.read(clip_id, FRAMES) for clip_id in clip_ids]
    reconstruction_picture(network, np.stack([clip[0] for clip in clips]), picture)
    return {f"visual_tokens_{name}": value for name, value in tokens_report(network, clips).items()}


def report_spaces(models: Path, config: ComponentsConfig, clock: Clock) -> list[dict[str, Any]]:
    """Retrieval metrics of every trained joint space on unseen combinations of genre, tempo and energy.

    Args:
        models: directory of all checkpoints.
        config: number of combinations, and seed.
        clock: sample rates and clip length.

    Returns:
        Rows as in `evaluation.components.retrieval.report_rows`; empty if no combinations are requested.
    """
    folders = [models / SPACES[0], models / SPACES[1] / CHECKPOINT]
    found = {music_text_kind(folder): folder for folder in folders if _exists(folder)}
    if not found or config.combinations == 0:
        return []
    clips = synthetic_clips("test-combo", config.combinations, clock)
    reports = ((name, retrieval_report(load_music_text(folder), clips, config.seed)) for name, folder in found.items())
    return [row for name, report in reports for row in report_rows(name, report)]


def _exists(folder: Path) -> bool:
    return (folder / "config.json").is_file()
