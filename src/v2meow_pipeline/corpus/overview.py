"""What an ingestion tells: how many clips there are for what, what was left out, and which splits are small."""

from collections.abc import Collection

import pandas as pd

# Scores of fewer clips than this change with every clip.
FEW_CLIPS = 8
NEEDED = {"train": "nothing can be trained", "val": "no training can be judged", "test-iid": "nothing can be evaluated"}


def overview(manifest: pd.DataFrame) -> str:
    """How many clips there are, in one sentence.

    Args:
        manifest: of the corpus.

    Returns:
        Such as "96 clips of 12 videos: 80 train, 8 val, 8 test-iid."
    """
    counts = manifest["split"].value_counts()
    listed = ", ".join(f"{count} {split}" for split, count in counts.items()) or "none"
    return f"{len(manifest)} clips of {manifest['source_id'].nunique()} videos: {listed}."


def cautions(manifest: pd.DataFrame, quarantine: pd.DataFrame, splits: Collection[str]) -> list[str]:
    """What a person should know before hours are spent.

    Args:
        manifest: of the corpus.
        quarantine: what was left out.
        splits: that are to have clips.

    Returns:
        Sentences: files that were left out, splits that are empty or small; none where all is well.
    """
    told = []
    if len(quarantine):
        reasons = ", ".join(f"{reason} {count}" for reason, count in quarantine["reason"].value_counts().items())
        told.append(
            f"{quarantine['path'].nunique()} files or parts of them were left out ({reasons}): the table "
            f"`quarantine` says why. The first: {quarantine['path'].iloc[0]}: {quarantine['detail'].iloc[0]}"
        )
    for split in [name for name in NEEDED if name in splits]:
        count = int((manifest["split"] == split).sum())
        if not count:
            told.append(f"There is no clip in {split}: {NEEDED[split]}. Add videos, or change ingest.*_share.")
        elif count < FEW_CLIPS:
            told.append(f"{split} has {count} clips: what is measured on so few is mostly chance.")
    return told
