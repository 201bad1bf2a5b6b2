"""Which clips are evaluated: a fixed sample of some splits, the same on every run."""

from collections.abc import Sequence

import pandas as pd
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.seeding import derive_seed


class ChooseConfig(Config):
    """The evaluation sample.

    Attributes:
        splits: of the manifest, in order.
        clips_per_split: at most this many of each.
        seed: decides which.
    """

    splits: tuple[str, ...] = ("test-iid",)
    clips_per_split: int = Field(default=24, gt=0)
    seed: int = 0


def choose_clips(manifest: pd.DataFrame, config: ChooseConfig) -> pd.DataFrame:
    """The rows of the manifest that are evaluated.

    A clip's place in the draw depends on its id alone, so a larger corpus or sample keeps what a smaller one had.

    Args:
        manifest: of the corpus.
        config: the sample.

    Returns:
        Rows of the manifest, by split, then by draw.

    Raises:
        ConfigError: when a split has no clip.
    """
    chosen = [_of_split(manifest, split, config) for split in config.splits]
    return pd.concat(chosen, ignore_index=True)


def _of_split(manifest: pd.DataFrame, split: str, config: ChooseConfig) -> pd.DataFrame:
    rows = manifest[manifest["split"] == split]
    if rows.empty:
        present = ", ".join(sorted(manifest["split"].unique()))
        raise ConfigError(f"No clip is in the split {split!r}.", f"Choose among {present}, or enlarge the corpus.")
    draw: Sequence[int] = [derive_seed(config.seed, split, clip_id) for clip_id in rows["clip_id"]]
    return rows.iloc[pd.Series(draw).argsort().to_numpy()][: config.clips_per_split]
