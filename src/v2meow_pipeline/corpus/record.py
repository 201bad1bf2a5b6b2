"""Tables that ingestion writes: `clip_manifest` and `quarantine`.

`clip_manifest` is the only index of the corpus, with one row per clip, keyed by `clip_id`. `quarantine` has one row
per rejected video or clip, with the reason.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

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
