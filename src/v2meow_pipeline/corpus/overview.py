"""Summary and warnings of an ingestion: clips per split, rejected files, and empty or small splits."""

from collections.abc import Collection

import pandas as pd

# Metrics over fewer clips are dominated by noise.
FEW_CLIPS = 8
NEEDED = {
    "train": "nothing can be trained",
    "val": "no training can be validated",
    "test-iid": "nothing can be evaluated",
}


def overview(manifest: pd.DataFrame) -> str:
    """Number of clips and videos, and clips per split, in one sentence.

    Args:
        manifest: clip manifest of the corpus.

    Returns:
        Sentence such as "96 clips of 12 videos: 80 train, 8 val, 8 test-iid."
    """
    counts = manifest["split"].value_counts()
    listed = ", ".join(f"{count} {split}" for split, count in counts.items()) or "none"
    return f"{len(manifest)} clips of {manifest['source_id'].nunique()} videos: {listed}."


def cautions(manifest: pd.DataFrame, quarantine: pd.DataFrame, splits: Collection[str]) -> list[str]:
    """Warnings about rejected files and about empty or small splits.

    Args:
        manifest: clip manifest of the corpus.
        quarantine: quarantine table of the same ingestion.
        splits: splits that are expected to have clips.

    Returns:
        One sentence per warning; empty if there is nothing to warn about.
    """
    warnings = []
    if len(quarantine):
        reasons = ", ".join(f"{reason} {count}" for reason, count in quarantine["reason"].value_counts().items())
        warnings.append(
            f"{quarantine['path'].nunique()} files or parts of them were rejected ({reasons}); the table `quarantine` "
            f"lists the reasons. First entry: {quarantine['path'].iloc[0]}: {quarantine['detail'].iloc[0]}"
        )
    for split in [name for name in NEEDED if name in splits]:
        count = int((manifest["split"] == split).sum())
        if not count:
            warnings.append(f"There is no clip in {split}: {NEEDED[split]}. Add videos, or change ingest.*_share.")
        elif count < FEW_CLIPS:
            warnings.append(f"{split} has only {count} clips: metrics on so few clips are mostly noise.")
    return warnings
