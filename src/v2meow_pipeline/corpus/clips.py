"""Selection and description of clips of the manifest."""

from collections.abc import Sequence

import pandas as pd

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.synthetic.streamed import has_pictures


def clips_of(manifest: pd.DataFrame, *splits: str) -> list[str]:
    """Ids of the clips in the given splits, in the order of the manifest.

    Args:
        manifest: clip manifest of the corpus.
        *splits: names of splits.

    Returns:
        Clip ids.

    Raises:
        ConfigError: if there are none.
    """
    clip_ids = manifest.loc[manifest["split"].isin(splits), "clip_id"].tolist()
    if not clip_ids:
        raise ConfigError(f"No clip of the corpus is in {' or '.join(splits)}.", "Add videos, or change the splits.")
    return clip_ids


def with_video(manifest: pd.DataFrame) -> pd.DataFrame:
    """Rows of the manifest whose clips have video; streamed clips may have audio only."""
    return manifest[[has_pictures(path) for path in manifest["path"]]]


def describe_clips(manifest: pd.DataFrame, clip_ids: Sequence[str]) -> str:
    """Description of a set of clips: number, corpora and licences."""
    rows = manifest[manifest["clip_id"].isin(clip_ids)]
    return f"{len(rows)} clips of {', '.join(sorted(rows['corpus'].unique()))} ({licences_of(manifest, clip_ids)})"


def licences_of(manifest: pd.DataFrame, clip_ids: Sequence[str]) -> str:
    """Comma-separated licences of a set of clips."""
    rows = manifest[manifest["clip_id"].isin(clip_ids)]
    return ", ".join(sorted(rows["licence"].dropna().unique())) or "unknown"
