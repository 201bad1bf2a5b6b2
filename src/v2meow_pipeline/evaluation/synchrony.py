"""Which clips have pictures that move with their music, as far as a corpus says so.

A fifth of the synthetic clips moves off the beat or without one, on purpose. No model can know their tempo from the
picture, so their scores are read apart.
"""

import json
from pathlib import Path

import pandas as pd

IN_SYNC, NOT_IN_SYNC, UNKNOWN = "in sync", "not in sync", ""


def synchrony_of(clips: pd.DataFrame) -> dict[str, str]:
    """Whether each clip's picture is in sync with its music.

    Args:
        clips: rows of the manifest.

    Returns:
        By clip, "in sync", "not in sync", or nothing where its annotation does not say.
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
