"""Deterministic selection of the clips that are evaluated."""

import logging
from collections.abc import Sequence

import pandas as pd
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.seeding import derive_seed

LOG = logging.getLogger(__name__)


class ChooseConfig(Config):
    """Settings of the evaluation subset.

    Attributes:
        splits: splits of the manifest, in order.
        clips_per_split: maximum number of clips per split.
        clips_per_genre: maximum number of clips per genre in each split, at most one per video; replaces
            `clips_per_split` and balances the genres. The paper takes 350 clips of each of 13 genres of MV100K, which
            is 4,550 according to its table, while its text has 4,076, so some genres had fewer.
        genres: genres of the manifest to balance; None takes all.
        seed: seeds the selection.
    """

    splits: tuple[str, ...] = ("test-iid",)
    clips_per_split: int = Field(default=24, gt=0)
    clips_per_genre: int | None = Field(default=None, gt=0)
    genres: tuple[str, ...] | None = None
    seed: int = 0


def choose_clips(manifest: pd.DataFrame, config: ChooseConfig) -> pd.DataFrame:
    """Selects the rows of the manifest that are evaluated.

    The rank of a clip in the draw depends only on seed, split and clip id, so a larger corpus or subset contains the
    clips of a smaller one.

    Args:
        manifest: manifest of the corpus.
        config: settings of the subset.

    Returns:
        Rows of the manifest, by split, then by rank in the draw.

    Raises:
        ConfigError: if a split has no clip, or no clip of the genres.
    """
    if config.genres is not None and config.clips_per_genre is None:
        raise ConfigError("`genres` has no effect without `clips_per_genre`.", "Set both, or neither.")
    chosen = [_of_split(manifest, split, config) for split in config.splits]
    return pd.concat(chosen, ignore_index=True)


def _of_split(manifest: pd.DataFrame, split: str, config: ChooseConfig) -> pd.DataFrame:
    rows = manifest[manifest["split"] == split]
    if rows.empty:
        present = ", ".join(sorted(manifest["split"].unique()))
        raise ConfigError(f"No clip is in the split {split!r}.", f"Choose among {present}, or enlarge the corpus.")
    draw: Sequence[int] = [derive_seed(config.seed, split, clip_id) for clip_id in rows["clip_id"]]
    drawn = rows.iloc[pd.Series(draw).argsort().to_numpy()]
    if config.clips_per_genre is None:
        return drawn[: config.clips_per_split]
    return _balanced(drawn, split, config.clips_per_genre, config.genres)


def _balanced(drawn: pd.DataFrame, split: str, count: int, genres: tuple[str, ...] | None) -> pd.DataFrame:
    """The first clips of each genre, with at most one clip per video."""
    wanted = drawn["genre"].notna() if genres is None else drawn["genre"].isin(genres)
    kept = drawn[wanted].drop_duplicates("source_id")
    kept = kept[kept.groupby("genre").cumcount() < count]
    if kept.empty:
        present = ", ".join(sorted(drawn["genre"].dropna().unique())) or "none"
        raise ConfigError(f"No clip of {split!r} has one of the genres.", f"Choose among {present}.")
    have = kept["genre"].value_counts()
    short = [f"{genre} {have.get(genre, 0)}" for genre in genres or sorted(have.index) if have.get(genre, 0) < count]
    if short:
        LOG.warning("Genres of %s with fewer than %d clips: %s.", split, count, ", ".join(short))
    return kept
