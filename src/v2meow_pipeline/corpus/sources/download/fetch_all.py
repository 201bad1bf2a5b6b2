"""All videos of an index, one after the other: what is here stays, what is gone is not asked for again."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from v2meow_pipeline.corpus.sources.download.downloader import Downloader, Unavailable
from v2meow_pipeline.corpus.sources.download.pace import Pace
from v2meow_pipeline.corpus.sources.published.config import DownloadConfig
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.ledger import PERMANENT, Entry, Ledger, Status, now
from v2meow_pipeline.errors import MediaError, V2MeowError
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.progress import track

PARTIAL = ".partial"
LOCK = ".downloading"


class Outcome(NamedTuple):
    """How a run ended.

    Attributes:
        counts: videos of the index by status, those that were never tried under "waiting".
        fetched: new videos.
        failures: entries of those that are not here, in the order of the index.
        stopped: why the run ended before its time; None where it did not.
    """

    counts: Mapping[str, int]
    fetched: int
    failures: list[Entry]
    stopped: str | None


class _Stop(Exception):
    """There is no point in going on."""


def fetch_all(
    items: Sequence[Item],
    downloader: Downloader,
    folder: Path,
    config: DownloadConfig,
    retry_gone: bool = False,
    pace: Pace | None = None,
) -> Outcome:
    """Fetches the videos that are missing.

    A video is written under another name, looked at, and renamed: what has its name is whole. Each that is settled,
    for better or worse, has a line in the ledger before the next is tried.

    Args:
        items: of an index.
        downloader: gets them.
        folder: where they go.
        config: limits.
        retry_gone: also asks for those that were gone or private before.
        pace: waits; None makes one of `config`.

    Returns:
        What became of all items.

    Raises:
        V2MeowError: when another process downloads into this folder, or the disk is full.
    """
    stopped = None
    with _alone(folder):
        ledger = Ledger(folder)
        run = _Run(downloader, folder, ledger, config, pace or Pace(config))
        missing = [item for item in items if _is_wanted(item, folder, ledger.entries, retry_gone)]
        try:
            for item in track(missing, "download"):
                run.write_state(item)
        except _Stop as stop:
            stopped = str(stop)
        for item in items:
            run.note_if_here(item)
    return _outcome(items, ledger.entries, run.fetched, stopped)


class _Run:
    """One run over an index."""

    def __init__(
        self, downloader: Downloader, folder: Path, ledger: Ledger, config: DownloadConfig, pace: Pace
    ) -> None:
        self._downloader, self._folder, self._ledger = downloader, folder, ledger
        self._config, self._pace = config, pace
        self._tries_in_a_row = self._videos_in_a_row = 0
        self.fetched = 0

    def write_state(self, item: Item) -> None:
        """Tries one video until it is here, is known to be gone, or was tried often enough."""
        before = self._ledger.entries.get(item.id)
        tried = 0 if before is None else before.attempts
        for attempt in range(1, self._config.attempts + 1):
            self._pace.before_request()
            try:
                url = self._fetch(item)
            except Unavailable as error:
                self._tries_in_a_row = 0 if error.is_permanent else self._tries_in_a_row + 1
                waits = not error.is_permanent and attempt < self._config.attempts
                if waits and self._pace.after_failure(self._tries_in_a_row, error.retry_after_s):
                    continue
                self._record(item, error.status, tried + attempt, error.reason)
                self._go_on_or_stop(error)
                return
            self._record(item, "ok", tried + attempt, url=url)
            self.fetched += 1
            self._tries_in_a_row = self._videos_in_a_row = 0
            return

    def note_if_here(self, item: Item) -> None:
        """A file without its line: the process was killed between the two, or somebody put it there."""
        entry = self._ledger.entries.get(item.id)
        if (entry is None or entry.status != "ok") and (self._folder / item.file_name).is_file():
            self._record(item, "ok", 1 if entry is None else entry.attempts)

    def _fetch(self, item: Item) -> str:
        partial = self._folder / PARTIAL / item.file_name
        partial.parent.mkdir(exist_ok=True)
        url = self._downloader.fetch(item, partial)
        try:
            probe(partial)
        except MediaError as error:
            partial.unlink(missing_ok=True)
            raise Unavailable("failed", f"What came is not a video: {error.problem}") from error
        with partial.open("rb") as file:
            os.fsync(file.fileno())  # a name that is on the disk before its bytes would stand for nothing
        partial.replace(self._folder / item.file_name)
        return url

    def _go_on_or_stop(self, error: Unavailable) -> None:
        asked_s = error.retry_after_s
        if asked_s is not None and asked_s > self._config.longest_wait_s:
            raise _Stop(f"The server asks to be left alone for {asked_s:.0f} s.")
        self._videos_in_a_row = 0 if error.is_permanent else self._videos_in_a_row + 1
        if self._videos_in_a_row >= self._config.stop_after:
            raise _Stop(f"{self._videos_in_a_row} videos in a row failed, the last with: {error.reason}")

    def _record(self, item: Item, status: Status, attempts: int, reason: str = "", url: str = "") -> None:
        entry = Entry(id=item.id, status=status, reason=reason, attempts=attempts, when=now(), url=url)
        self._ledger.record(entry)


def _is_wanted(item: Item, folder: Path, entries: Mapping[str, Entry], retry_gone: bool) -> bool:
    if (folder / item.file_name).is_file():
        return False
    entry = entries.get(item.id)
    return entry is None or retry_gone or entry.status not in PERMANENT


def _outcome(items: Sequence[Item], entries: Mapping[str, Entry], fetched: int, stopped: str | None) -> Outcome:
    known = [entries.get(item.id) for item in items]
    counts = Counter("waiting" if entry is None else entry.status for entry in known)
    failures = [entry for entry in known if entry is not None and entry.status != "ok"]
    return Outcome(counts, fetched, failures, stopped)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two processes would write the same files; the lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout as error:
        remedy = "Wait for it, or end it; one run keeps to the limits, two don't."
        raise V2MeowError(f"Another process downloads into {folder}.", remedy) from error
