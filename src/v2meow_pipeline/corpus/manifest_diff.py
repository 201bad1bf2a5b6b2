"""Differences between two clip manifests."""

from typing import NamedTuple

import pandas as pd


class ManifestDiff(NamedTuple):
    """Ids of clips that are `new`, whose content or split `changed`, and that are `gone`."""

    new: list[str]
    changed: list[str]
    gone: list[str]

    def __str__(self) -> str:
        """Summary such as "4 new, 0 changed and 1 removed clips"."""
        return f"{len(self.new)} new, {len(self.changed)} changed and {len(self.gone)} removed clips"


def diff_manifests(before: pd.DataFrame, now: pd.DataFrame) -> ManifestDiff:
    """Compares two manifests clip by clip, by file content and split; file paths are ignored.

    Args:
        before: the older manifest.
        now: the newer one.

    Returns:
        Clip ids, in manifest order.
    """
    old, fresh = _identities(before), _identities(now)
    return ManifestDiff(
        new=[clip_id for clip_id in fresh if clip_id not in old],
        changed=[clip_id for clip_id in fresh if clip_id in old and fresh[clip_id] != old[clip_id]],
        gone=[clip_id for clip_id in old if clip_id not in fresh],
    )


def known_first(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Sorts a manifest so that the clips of an older one come first, in their old order, and their shards stay valid.

    Args:
        before: the older manifest.
        now: the newer one.

    Returns:
        The rows of `now`, reordered.
    """
    rank = {clip_id: index for index, clip_id in enumerate(before["clip_id"])}
    order = now["clip_id"].map(rank).fillna(len(rank)).to_numpy()
    return now.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def contents(manifest: pd.DataFrame) -> list[str]:
    """Sorted lines, one per clip, that identify the content of a corpus regardless of file order and paths."""
    return sorted(f"{clip_id} {identity}" for clip_id, identity in _identities(manifest).items())


def _identities(manifest: pd.DataFrame) -> dict[str, str]:
    columns = [manifest[name].tolist() for name in ("clip_id", "sha256", "start_s", "split")]
    return {clip_id: f"{sha256}@{start_s} {split}" for clip_id, sha256, start_s, split in zip(*columns, strict=True)}
