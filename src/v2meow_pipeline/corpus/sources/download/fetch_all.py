"""Sequential download of all videos of an index, except those that exist or are permanently unavailable."""

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
    """Outcome of a download run.

    Attributes:
        counts: number of videos of the index by status; "waiting" for those never attempted.
        fetched: number of newly downloaded videos.
        failures: ledger entries of the failed videos, in the order of the index.
        stopped: reason why the run was stopped early, or None.
    """

    counts: Mapping[str, int]
    fetched: int
    failures: list[Entry]
    stopped: str | None


class _Stop(Exception):
    """Raised to stop the run early."""


def fetch_all(
    items: Sequence[Item],
    downloader: Downloader,
    folder: Path,
    config: DownloadConfig,
    retry_gone: bool = False,
    pace: Pace | None = None,
) -> Outcome:
    """Downloads the missing videos of an index.

    A video is downloaded under a temporary name, probed and renamed, so that files with a final name are complete. The
    result of each video is written to the ledger before the next is attempted.

    Args:
        items: items of an index.
        downloader: downloader for the items.
        folder: output directory.
        config: download settings.
        retry_gone: whether to retry videos that were gone or private before.
        pace: rate limiter; None builds one from `config`.

    Returns:
        Outcome for all items.

    Raises:
        V2MeowError: if another process downloads into this directory, or the disk is full.
    """
    stopped = None
    with _exclusive(folder):
        ledger = Ledger(folder)
        run = _Run(downloader, folder, ledger, config, pace or Pace(config))
        missing = [item for item in items if _is_wanted(item, folder, ledger.entries, retry_gone)]
        try:
            for item in track(missing, "download"):
                run.download(item)
        except _Stop as stop:
            stopped = str(stop)
        for item in items:
            run.record_existing(item)
    return _outcome(items, ledger.entries, run.fetched, stopped)


class _Run:
    """State of one download run over an index."""

    def __init__(
        self, downloader: Downloader, folder: Path, ledger: Ledger, config: DownloadConfig, pace: Pace
    ) -> None:
        self._downloader, self._folder, self._ledger = downloader, folder, ledger
        self._config, self._pace = config, pace
        self._failed_attempts = self._failed_videos = 0
        self.fetched = 0

    def download(self, item: Item) -> None:
        """Attempts one video until it succeeds, fails permanently, or the attempts are used up."""
        before = self._ledger.entries.get(item.id)
        tried = 0 if before is None else before.attempts
        for attempt in range(1, self._config.attempts + 1):
            self._pace.before_request()
            try:
                url = self._fetch(item)
            except Unavailable as error:
                self._failed_attempts = 0 if error.is_permanent else self._failed_attempts + 1
                waits = not error.is_permanent and attempt < self._config.attempts
                if waits and self._pace.after_failure(self._failed_attempts, error.retry_after_s):
                    continue
                self._record(item, error.status, tried + attempt, error.reason)
                self._stop_if_hopeless(error)
                return
            self._record(item, "ok", tried + attempt, url=url)
            self.fetched += 1
            self._failed_attempts = self._failed_videos = 0
            return

    def record_existing(self, item: Item) -> None:
        """Records an existing file that lacks an "ok" entry, after a kill between the two or a manual copy."""
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
            raise Unavailable("failed", f"The downloaded file is not a video: {error.problem}") from error
        with partial.open("rb") as file:
            os.fsync(file.fileno())  # sync the data before the rename
        partial.replace(self._folder / item.file_name)
        return url

    def _stop_if_hopeless(self, error: Unavailable) -> None:
        requested_s = error.retry_after_s
        if requested_s is not None and requested_s > self._config.longest_wait_s:
            raise _Stop(f"The server requested a wait of {requested_s:.0f} s.")
        self._failed_videos = 0 if error.is_permanent else self._failed_videos + 1
        if self._failed_videos >= self._config.stop_after:
            raise _Stop(f"{self._failed_videos} consecutive videos failed, the last with: {error.reason}")

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
def _exclusive(folder: Path) -> Iterator[None]:
    """Locks a directory against other download processes; the lock is released when the process ends."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout as error:
        remedy = "Wait for it to finish, or stop it; two processes would exceed the rate limits."
        raise V2MeowError(f"Another process downloads into {folder}.", remedy) from error
