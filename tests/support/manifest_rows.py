"""A manifest that keeps to its contract, for tests to break."""

import hashlib

import pandas as pd

from v2meow_pipeline.corpus.record import manifest_table
from v2meow_pipeline.source_video import SPLITS


def good_manifest(sources: int = 12, clips: int = 2) -> pd.DataFrame:
    """Some sources of two clips each, dealt over all splits."""
    return manifest_table(_row(source, clip) for source in range(sources) for clip in range(clips))


def _row(source: int, clip: int) -> dict[str, object]:
    return {
        "clip_id": f"video-{source}-{clip:04d}",
        "source_id": f"video-{source}",
        "corpus": "made",
        "path": f"/videos/{source}.mp4",
        "start_s": 10.0 * clip,
        "end_s": 10.0 * clip + 10,
        "split": SPLITS[source % len(SPLITS)],
        "genre": None,
        "caption": "a calm piano",
        "licence": "CC0-1.0",
        "sha256": hashlib.sha256(str(source).encode()).hexdigest(),
        "video_fps": 29.97,
        "width": 128,
        "height": 96,
        "audio_rate_hz": 48_000,
        "audio_peak": 0.8,
        "audio_lufs": -18.0,
        "silent_fraction": 0.0,
        "clipped_fraction": 0.0,
        "av_difference_s": 0.02,
        "tempo_bpm": None,
        "energy": None,
        "key": None,
        "mode": None,
        "annotation_path": None,
    }
