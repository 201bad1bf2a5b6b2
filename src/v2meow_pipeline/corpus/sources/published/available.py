"""Availability of a published corpus: downloaded videos for ingestion, and the reason for each missing one."""

import logging
from collections.abc import Sequence
from pathlib import Path

from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.ledger import Entry, read_ledger
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.source_video import Absence, SourceVideo

LOG = logging.getLogger(__name__)

_RERUN = "Run `v2meow download` again, which tries only missing videos."
_REMEDIES = {
    "gone": "Nothing to do; `v2meow download --retry-gone` tries again.",
    "private": "Get access (cookies, another country) and run `v2meow download --retry-gone`.",
}


def videos_here(corpus: str, items: Sequence[Item], folder: Path, licence: str) -> list[SourceVideo]:
    """Records of the downloaded videos and of those whose download failed; the others are counted in the log.

    Args:
        corpus: name of the corpus.
        items: items of its index.
        folder: directory of its videos.
        licence: licence of the videos.

    Returns:
        Records in the order of the index.

    Raises:
        ConfigError: if no video has been downloaded.
    """
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    tried = read_ledger(folder)
    here = [item for item in items if item.file_name in names]
    if not here:
        remedy = f"Run `.venv/bin/v2meow download --corpus {corpus}` first."
        raise ConfigError(f"None of the {len(items)} videos of {corpus} is in {folder}.", remedy)
    known = [item for item in items if item.file_name in names or item.id in tried]
    if len(known) < len(items):
        LOG.warning("%d of the %d videos of %s were never downloaded.", len(items) - len(known), len(items), corpus)
    return [
        _record(corpus, item, folder, licence, None if item.file_name in names else tried[item.id]) for item in known
    ]


def _record(corpus: str, item: Item, folder: Path, licence: str, entry: Entry | None) -> SourceVideo:
    return SourceVideo(
        source_id=f"{corpus}-{item.stem}",
        path=str((folder / item.file_name).absolute()),
        corpus=corpus,
        split=item.split,
        genre=item.genre,
        caption=item.caption,
        licence=licence,
        tempo_bpm=item.tempo_bpm,
        absence=None if entry is None else _absence(entry),
    )


def _absence(entry: Entry) -> Absence:
    if entry.status == "ok":
        return Absence(reason="missing", detail=f"It was downloaded on {entry.when} and deleted since.", remedy=_RERUN)
    reason = "download_failed" if entry.status == "failed" else entry.status
    detail = f"{entry.reason} ({entry.attempts} tries, last on {entry.when})"
    return Absence(reason=reason, detail=detail, remedy=_REMEDIES.get(entry.status, _RERUN))
