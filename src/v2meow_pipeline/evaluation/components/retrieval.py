"""Retrieval metrics of a music-text joint embedding on held-out clips."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_audio import waves_of
from v2meow_pipeline.corpus.clips import clips_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.base import MusicTextEncoder
from v2meow_pipeline.encoders.waves import to_rate
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.metrics.retrieval import CrossRetrieval, Retrieval, cross_retrieval
from v2meow_pipeline.source_video import Split
from v2meow_pipeline.synthetic import ClipCounts, SyntheticConfig, audio_examples


class Captioned(NamedTuple):
    """Captioned clips: `waves` [n, samples] in [-1, 1] at `sample_rate_hz`, and one caption per clip."""

    waves: np.ndarray
    captions: Sequence[str]
    sample_rate_hz: int


def clips_of_split(manifest: pd.DataFrame, clip_audio: ShardReader, clock: Clock, *splits: str) -> Captioned:
    """Loads the captioned clips of the given splits of a corpus.

    Args:
        manifest: clip manifest of the corpus.
        clip_audio: shard store of the clips' waveforms.
        clock: audio sample rate.
        *splits: names of splits, such as "test-combo".

    Returns:
        Clips that have a caption.

    Raises:
        ConfigError: if there are none.
    """
    captioned = manifest[manifest["caption"].notna()]
    clip_ids = clips_of(captioned, *splits)
    captions = captioned.set_index("clip_id").loc[clip_ids, "caption"].tolist()
    return Captioned(np.stack(list(waves_of(clip_audio, clip_ids))), captions, clock.sample_rate_hz)


def synthetic_clips(split: Split, count: int, clock: Clock, seed: int = 0) -> Captioned:
    """Renders the audio of any number of synthetic clips of a split, for splits with few clips in the corpus.

    The first clips are those of the corpus with the same seed. 240 clips take about a minute.

    Args:
        split: split name, such as "test-combo" (combinations of genre, tempo and energy that no training clip has).
        count: number of clips.
        clock: audio sample rate and clip length.
        seed: seed of the synthetic corpus.

    Returns:
        Captioned clips.
    """
    none = dict.fromkeys(ClipCounts.model_fields, 0)
    counts = ClipCounts(**{**none, split.replace("-", "_"): count})
    config = SyntheticConfig(clips=counts, source_s=clock.clip_s, seed=seed)
    waves, captions = [], []
    for _, stereo, caption in audio_examples(config):
        mono = to_rate(stereo.mean(axis=1), config.sample_rate_hz, clock.sample_rate_hz)
        waves.append(np.clip(mono[: clock.clip_samples], -1, 1))
        captions.append(caption)
    return Captioned(np.stack(waves), captions, clock.sample_rate_hz)


def retrieval_report(encoder: MusicTextEncoder, clips: Captioned, seed: int) -> CrossRetrieval:
    """Retrieval between clips and their captions, in both directions.

    Args:
        encoder: music-text encoder to evaluate.
        clips: captioned clips, held out from its training.
        seed: seeds the bootstrap confidence intervals.

    Returns:
        Retrieval metrics with their chance levels.

    Raises:
        ConfigError: if there are fewer than two different captions.
    """
    distinct, caption = np.unique(np.asarray(clips.captions, dtype=object).astype(str), return_inverse=True)
    if len(distinct) < 2:
        raise ConfigError(
            "Retrieval needs at least two different captions.", "Choose a split with at least two different captions."
        )
    audio = encoder.embed_audio(clips.waves, clips.sample_rate_hz)
    return cross_retrieval(audio, encoder.embed_text(distinct.tolist()), caption, seed)


def report_rows(name: str, report: CrossRetrieval) -> list[dict[str, Any]]:
    """Flattens a report to table rows, one per retrieval direction.

    Args:
        name: name of the encoder.
        report: result of `retrieval_report`.

    Returns:
        Rows of plain values: counts, recall at k with confidence interval and chance level, median rank, cosines.
    """
    directions: Iterable[tuple[str, Retrieval]] = (
        ("audio_to_text", report.audio_to_text),
        ("text_to_audio", report.text_to_audio),
    )
    return [
        {
            "encoder": name,
            "direction": direction,
            "n_queries": found.n_queries,
            "n_items": found.n_items,
            **{f"recall_at_{k}": interval.value for k, interval in found.recall.items()},
            **{f"recall_at_{k}_low": interval.low for k, interval in found.recall.items()},
            **{f"recall_at_{k}_high": interval.high for k, interval in found.recall.items()},
            **{f"recall_at_{k}_chance": chance for k, chance in found.chance.items()},
            "median_rank": found.median_rank.value,
            "median_rank_chance": found.chance_median_rank,
            "matched_cosine": report.matched_cosine.value,
            "shuffled_cosine": report.shuffled_cosine.value,
        }
        for direction, found in directions
    ]
