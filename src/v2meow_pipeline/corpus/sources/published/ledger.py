"""What became of each video of a published corpus that somebody tried to download: `downloads.jsonl` beside the videos.

A line is added, and forced to the disk, whenever a video is settled, so that a killed process loses at most the video
it was at; of several lines of one video the last counts. Opening the ledger for writing leaves one line a video.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError

NAME = "downloads.jsonl"

Status: TypeAlias = Literal["ok", "gone", "private", "rate_limited", "failed"]
# These will not change by asking again.
PERMANENT: frozenset[Status] = frozenset(("gone", "private"))


class Entry(Config):
    """What became of a video.

    Attributes:
        id: of the index.
        status: "ok"; "gone" (deleted, or never there) and "private" (not for everybody), which last; "rate_limited"
            and "failed", which may pass.
        reason: in words; empty for "ok".
        attempts: tries so far, in all runs.
        when: time of the last try, ISO 8601 in UTC.
        url: what was fetched, once known.
    """

    id: str
    status: Status
    reason: str = ""
    attempts: int = 1
    when: str
    url: str = ""


def now() -> str:
    """The time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_ledger(folder: Path) -> dict[str, Entry]:
    """What is known so far.

    Args:
        folder: of a corpus.

    Returns:
        The last entry of each video, by id; none where nothing was ever tried.

    Raises:
        ConfigError: naming file and line that is not an entry; half a line at the end, as a killed process leaves it,
            is passed over.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    entries = {}
    # Behind the last newline there is nothing, or half a line.
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entry = Entry.parse(json.loads(line))
        except (ValueError, ConfigError) as error:
            remedy = "Delete that line; at worst the video is tried again."
            raise ConfigError(f"{path}, line {number}, is not an entry: {error}", remedy) from error
        entries[entry.id] = entry
    return entries


class Ledger:
    """The ledger of a corpus, open for writing by one process."""

    def __init__(self, folder: Path) -> None:
        """Reads it, and leaves one line a video.

        Args:
            folder: of the corpus; made if need be.
        """
        self._path = folder / NAME
        self._entries = read_ledger(folder)
        write_text(self._path, "".join(map(_line, self._entries.values())))

    @property
    def entries(self) -> Mapping[str, Entry]:
        """The last entry of each video, by id."""
        return self._entries

    def record(self, entry: Entry) -> None:
        """Adds an entry, and returns once it is on the disk."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line(entry))
            file.flush()
            os.fsync(file.fileno())
        self._entries[entry.id] = entry


def _line(entry: Entry) -> str:
    values: dict[str, Any] = entry.model_dump(mode="json")
    return json.dumps(values) + "\n"
