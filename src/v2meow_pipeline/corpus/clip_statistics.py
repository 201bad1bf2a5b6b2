"""Interpretable statistics of clips (genre, tempo, brightness, loudness), used to compare new data with old data."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.audio import clip_wave
from v2meow_pipeline.corpus.clip_audio import contents_of
from v2meow_pipeline.corpus.clips import with_video
from v2meow_pipeline.corpus.decoding import decode_clips
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, ShardReader, ShardWriter, fill_rows
from v2meow_pipeline.media.decode import FrameSpec
from v2meow_pipeline.metrics.tempo import tempo_bpm
from v2meow_pipeline.parallel import MapExecutor

REVISION = "traits-2"
GENRE = "genre"
MEASURED = ("tempo_bpm", "brightness", "colourfulness")
NUMBERS = ("tempo_bpm", "duration_s", "brightness", "colourfulness", "loudness_lufs")
UNKNOWN = "unknown"
PICTURES = "traits"
PICTURE = FrameSpec(fps=1.0, size_px=32, fit="stretch")
# Stored in place of an unknown value (NaN), since shards hold finite numbers only.
MISSING = -1.0


def measure_clip_statistics(
    manifest: pd.DataFrame, clock: Clock, folder: Path, executor: MapExecutor, clips_per_shard: int = CLIPS_PER_SHARD
) -> pd.DataFrame:
    """Measures statistics of every clip of a manifest; an interrupted run resumes at the first missing shard.

    Tempo is always estimated from the audio, even if the corpus annotates it, so that all clips are comparable.

    Args:
        manifest: clip manifest of the corpus.
        clock: audio sample rate and clip length.
        folder: directory of the shards that hold the measurements.
        executor: runs the work in this process, in several processes, or on Ray.
        clips_per_shard: clips per shard file; a shard is the unit of resumption.

    Returns:
        One row per clip, in the order of the manifest: `clip_id`, `genre`, `tempo_bpm` (NaN for silence), `duration_s`
        of its source, `brightness` and `colourfulness` of its frames (see `picture_traits`; NaN for clips with audio
        only), `loudness_lufs`.
    """
    clip_ids = manifest["clip_id"].tolist()
    made_by = fingerprint(REVISION, clock.sample_rate_hz, clock.clip_s)
    writer = ShardWriter(folder, clip_ids, made_by, clips_per_shard, contents_of(manifest))
    fill_rows(writer, manifest, partial(_traits_shard, clock=clock), executor, "clip statistics")
    reader = ShardReader(folder)
    found = {name: reader.stack(name, clip_ids).astype(np.float64) for name in MEASURED}
    for values in found.values():
        values[values == MISSING] = np.nan
    known = {
        "clip_id": clip_ids,
        GENRE: manifest["genre"].fillna(UNKNOWN).tolist(),
        "duration_s": manifest.groupby("source_id")["end_s"].transform("max").to_numpy(),
        "loudness_lufs": manifest["audio_lufs"].to_numpy(),
    }
    return pd.DataFrame({**known, **found})[["clip_id", GENRE, *NUMBERS]]


def picture_traits(images: np.ndarray) -> tuple[float, float]:
    """Brightness and colourfulness of a sequence of frames.

    Args:
        images: uint8 [t, height, width, 3], RGB.

    Returns:
        Mean luma (BT.601) in [0, 1], and colourfulness (Hasler and Suesstrunk 2003) for pixel values in [0, 1]: 0 for
        grey, about 0.4 for vivid images.
    """
    red, green, blue = np.moveaxis(images.astype(np.float64) / 255, -1, 0)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    opponents = (red - green, 0.5 * (red + green) - blue)
    deviation = np.hypot(*(values.std() for values in opponents))
    mean = np.hypot(*(values.mean() for values in opponents))
    return float(luma.mean()), float(deviation + 0.3 * mean)


def _traits_shard(rows: pd.DataFrame, clock: Clock) -> Arrays:
    found = {name: np.full(len(rows), MISSING, np.float32) for name in MEASURED}
    for row, pictures in decode_clips(with_video(rows), {PICTURES: PICTURE}, clock):
        found["brightness"][row], found["colourfulness"][row] = picture_traits(pictures[PICTURES].images)
    for row, (path, start_s) in enumerate(zip(rows["path"].tolist(), rows["start_s"].tolist(), strict=True)):
        bpm = tempo_bpm(clip_wave(path, start_s, clock), clock.sample_rate_hz)
        found["tempo_bpm"][row] = MISSING if np.isnan(bpm) else bpm
    return found
