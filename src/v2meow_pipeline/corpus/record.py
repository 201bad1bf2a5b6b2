"""What the corpus is made of: source videos on the way in, rows of two tables on the way out.

`clip_manifest` is the only index of the corpus: a row a clip, keyed by `clip_id`. `quarantine` holds a row for each
video or clip that was left out, with the reason.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import pandas as pd
from pydantic import Field

from v2meow_pipeline.config import Config

Split: TypeAlias = Literal["train", "val", "judge", "test-iid", "test-combo", "test-font", "test-look"]

# "judge" trains what judges generated music, and nothing that generates it.
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
    """Why a source that should be there has no file; becomes a row of the quarantine table.

    Attributes:
        reason: a short stable word.
        detail: one sentence.
        remedy: one sentence.
    """

    reason: str
    detail: str
    remedy: str


class SourceVideo(Config):
    """One video file that a corpus source found or made, and what is known about it.

    Attributes:
        source_id: stable name of the source, independent of where the corpus lies; unique within a corpus.
        path: the video file.
        corpus: name of the corpus, such as "synthetic" or "folder".
        split: where the source says its clips belong; None leaves it to the hash of the file's content.
        genre: one word, where known.
        caption: the music in a sentence, where known.
        licence: SPDX identifier or a few words, where known.
        tempo_bpm: true beats a minute, where known.
        energy: true energy in [0, 1], where known.
        key: true tonic, such as "C" or "F#", where known.
        mode: "major" or "minor", where known.
        annotation_path: JSON beside the video with beats, bars, onsets and so on, where there is one.
        absence: why there is no file, where the source knows.
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
    """A manifest of `rows`; without rows, an empty one with every column and dtype in place.

    Args:
        rows: a mapping a clip with the keys of `MANIFEST_COLUMNS`; None where a value is unknown.

    Returns:
        A table with exactly the columns and dtypes of `MANIFEST_COLUMNS`.
    """
    return _table(rows, MANIFEST_COLUMNS)


def quarantine_table(rows: Iterable[Mapping[str, object]] = ()) -> pd.DataFrame:
    """A quarantine table of `rows`; without rows, an empty one with every column and dtype in place.

    Args:
        rows: a mapping a rejected video or clip with the keys of `QUARANTINE_COLUMNS`; `start_s` None or NaN where the
            whole file is rejected.

    Returns:
        A table with exactly the columns and dtypes of `QUARANTINE_COLUMNS`.
    """
    return _table(rows, QUARANTINE_COLUMNS)


def _table(rows: Iterable[Mapping[str, object]], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame([dict(row) for row in rows], columns=list(columns)).astype(dict(columns))
