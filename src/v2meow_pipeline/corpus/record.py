"""Data model of ingestion: source videos as input, the tables `clip_manifest` and `quarantine` as output.

`clip_manifest` is the only index of the corpus, with one row per clip, keyed by `clip_id`. `quarantine` has one row
per rejected video or clip, with the reason.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import pandas as pd
from pydantic import Field

from v2meow_pipeline.config import Config

Split: TypeAlias = Literal["train", "val", "judge", "test-iid", "test-combo", "test-font", "test-look"]

# "judge" trains the networks that evaluate generated music, and none that generate it.
SPLITS: tuple[Split, ...] = ("train", "val", "judge", "test-iid", "test-combo", "test-font", "test-look")

TEXT = "str"
NUMBER = "float64"

MANIFEST_COLUMNS: Mapping[str, str] = {
    "clip_id": TEXT,
    "source_id": TEXT,
    "corpus": TEXT,
    "path": TEXT,
    "start_s": NUMBER,
    "end_s": NUMBER,
    "split": TEXT,
    "genre": TEXT,
    "caption": TEXT,
    "licence": TEXT,
    "sha256": TEXT,
    "video_fps": NUMBER,
    "width": "int64",
    "height": "int64",
    "audio_rate_hz": "int64",
    "audio_peak": NUMBER,
    "audio_lufs": NUMBER,
    "silent_fraction": NUMBER,
    "clipped_fraction": NUMBER,
    "av_difference_s": NUMBER,
    "tempo_bpm": NUMBER,
    "energy": NUMBER,
    "key": TEXT,
    "mode": TEXT,
    "annotation_path": TEXT,
}

QUARANTINE_COLUMNS: Mapping[str, str] = {
    "path": TEXT,
    "source_id": TEXT,
    "start_s": NUMBER,
    "reason": TEXT,
    "detail": TEXT,
    "remedy": TEXT,
}


class Absence(Config):
    """Reason why the file of an expected source is missing; becomes a row of the quarantine table.

    Attributes:
        reason: stable machine-readable code.
        detail: problem, in one sentence.
        remedy: remedy, in one sentence.
    """

    reason: str
    detail: str
    remedy: str


class SourceVideo(Config):
    """Source video with its metadata; None marks unknown values.

    Attributes:
        source_id: stable id of the source, independent of its path; unique within a corpus.
        path: path of the video file.
        corpus: name of the corpus, such as "synthetic" or "folder".
        split: preset split of its clips; None assigns a split by the hash of the file content.
        genre: genre, one word.
        caption: description of the music, one sentence.
        licence: SPDX identifier or short description of the licence.
        tempo_bpm: ground-truth tempo, BPM.
        energy: ground-truth energy in [0, 1].
        key: ground-truth tonic, such as "C" or "F#".
        mode: ground-truth mode, "major" or "minor".
        annotation_path: JSON file beside the video with beats, bars, onsets and so on.
        absence: reason why the file is missing; None if it is present.
    """

    source_id: str = Field(min_length=1)
    path: str = Field(min_length=1)
    corpus: str = Field(min_length=1)
    split: Split | None = None
    genre: str | None = None
    caption: str | None = None
    licence: str | None = None
    tempo_bpm: float | None = None
    energy: float | None = None
    key: str | None = None
    mode: str | None = None
    annotation_path: str | None = None
    absence: Absence | None = None


def manifest_table(rows: Iterable[Mapping[str, object]] = ()) -> pd.DataFrame:
    """Builds a clip manifest; without rows, an empty table with all columns and dtypes.

    Args:
        rows: one mapping per clip with the keys of `MANIFEST_COLUMNS`; None marks unknown values.

    Returns:
        Table with the columns and dtypes of `MANIFEST_COLUMNS`.
    """
    return _table(rows, MANIFEST_COLUMNS)


def quarantine_table(rows: Iterable[Mapping[str, object]] = ()) -> pd.DataFrame:
    """Builds a quarantine table; without rows, an empty table with all columns and dtypes.

    Args:
        rows: one mapping per rejected video or clip with the keys of `QUARANTINE_COLUMNS`; `start_s` is None or NaN if
            the whole file is rejected.

    Returns:
        Table with the columns and dtypes of `QUARANTINE_COLUMNS`.
    """
    return _table(rows, QUARANTINE_COLUMNS)


def _table(rows: Iterable[Mapping[str, object]], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame([dict(row) for row in rows], columns=list(columns)).astype(dict(columns))
