"""Grouping of clips by whether their video moves in sync with their music, according to the corpus annotation.

A fifth of the synthetic clips deliberately move off the beat or without any. No model can infer their tempo from the
video, so they are scored as a separate group.
"""

import json
from pathlib import Path

import pandas as pd

IN_SYNC, NOT_IN_SYNC, UNKNOWN = "in sync", "not in sync", ""


def synchrony_of(clips: pd.DataFrame) -> dict[str, str]:
    """Whether each clip's video is in sync with its music.

    Args:
        clips: rows of the manifest.

    Returns:
        Clip id -> "in sync", "not in sync", or "" if the annotation lacks this information.
    """
    paths = clips["annotation_path"].fillna("").tolist()
    return {clip_id: _read(path) for clip_id, path in zip(clips["clip_id"].tolist(), paths, strict=True)}


def _read(path: str) -> str:
    if not path or not Path(path).is_file():
        return UNKNOWN
    plan = json.loads(Path(path).read_text(encoding="utf-8")).get("plan", {})
    if "visual_sync" not in plan:
        return UNKNOWN
    return IN_SYNC if plan["visual_sync"] == "on_beat" else NOT_IN_SYNC
