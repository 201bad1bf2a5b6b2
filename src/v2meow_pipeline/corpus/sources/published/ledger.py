"""Download log of a published corpus: `downloads.jsonl` beside the videos, with the result of each attempted download.

One line is appended and synced to disk per finished video, so that a killed process loses at most the current video.
The last line of a video is valid. Opening the ledger for writing compacts it to one line per video.
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
# Retrying does not change these.
PERMANENT: frozenset[Status] = frozenset(("gone", "private"))


class Entry(Config):
    """Download result of one video.

    Attributes:
        id: id of the video in the index.
        status: "ok"; permanent failures "gone" (deleted or nonexistent) and "private" (access restricted); temporary
            failures "rate_limited" and "failed".
        reason: reason of a failure; empty for "ok".
        attempts: number of attempts in all runs.
        when: time of the last attempt, ISO 8601 in UTC.
        url: downloaded URL, or empty.
    """

    id: str
    status: Status
    reason: str = ""
    attempts: int = 1
    when: str
    url: str = ""


def now() -> str:
    """Current time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read_ledger(folder: Path) -> dict[str, Entry]:
    """Reads the download log.

    Args:
        folder: directory of a corpus.

    Returns:
        Last entry of each video by id; empty if there is no log.

    Raises:
        ConfigError: if a line is not an entry. An incomplete last line, left by a killed process, is ignored.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    entries = {}
    # The text after the last newline is empty or an incomplete line.
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entry = Entry.parse(json.loads(line))
        except (ValueError, ConfigError) as error:
            remedy = "Delete that line; at worst the video is downloaded again."
            raise ConfigError(f"{path}, line {number}, is not an entry: {error}", remedy) from error
        entries[entry.id] = entry
    return entries


class Ledger:
    """Download log of a corpus, opened for writing by one process."""

    def __init__(self, folder: Path) -> None:
        """Reads the log and compacts it to one line per video.

        Args:
            folder: directory of the corpus; created if missing.
        """
        self._path = folder / NAME
        self._entries = read_ledger(folder)
        write_text(self._path, "".join(map(_line, self._entries.values())))

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Last entry of each video by id."""
        return self._entries

    def record(self, entry: Entry) -> None:
        """Appends an entry and syncs it to disk."""
        with self._path.open("a", encoding="utf-8") as file:
            file.write(_line(entry))
            file.flush()
            os.fsync(file.fileno())
        self._entries[entry.id] = entry


def _line(entry: Entry) -> str:
    values: dict[str, Any] = entry.model_dump(mode="json")
    return json.dumps(values) + "\n"
