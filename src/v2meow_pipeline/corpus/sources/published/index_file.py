"""Reading of third-party index files, with file and line in error messages."""

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from v2meow_pipeline.errors import ConfigError

FETCH_AGAIN = "Download the index again, or correct that line; see docs/how-to/datasets.md for its source."


class Row(NamedTuple):
    """Row of an index.

    Attributes:
        line: line number, from 1; the last line of a row that spans several.
        cells: stripped text by column.
    """

    line: int
    cells: dict[str, str]


class IndexFile:
    """Text file of an index, read line by line, with line numbers in error messages.

    Attributes:
        path: path of the file.
    """

    def __init__(self, path: Path) -> None:
        """Stores the path; the file is read on access.

        Args:
            path: text file in UTF-8, with or without byte-order mark.
        """
        self.path = path
        self._seen: dict[str, int] = {}

    def text(self) -> str:
        """Reads the whole file.

        Returns:
            Text, not blank.

        Raises:
            ConfigError: if the file is missing, not UTF-8, or blank.
        """
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except FileNotFoundError as error:
            remedy = "See docs/how-to/datasets.md for its source, and set its path with --index or `index`."
            raise ConfigError(f"There is no index {self.path}.", remedy) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The index {self.path} cannot be read as text: {error}.", FETCH_AGAIN) from error
        if not text.strip():
            raise ConfigError(f"The index {self.path} is empty.", FETCH_AGAIN)
        return text

    def lines(self) -> Iterator[tuple[int, str]]:
        """Line number and stripped text of each non-blank line."""
        for number, line in enumerate(self.text().split("\n"), start=1):
            if line.strip():
                yield number, line.strip()

    def rows(self, required: Collection[str]) -> Iterator[Row]:
        """Reads the rows of a CSV with a header.

        Args:
            required: required columns; others are allowed.

        Yields:
            Rows in file order.

        Raises:
            ConfigError: if a column is missing, a row has another number of cells than the header, or quotes are
                unbalanced.
        """
        reader = csv.DictReader(io.StringIO(self.text(), newline=""), strict=True, skipinitialspace=True)
        try:
            header = [name.strip() for name in reader.fieldnames or []]
            missing = [name for name in required if name not in header]
            if missing:
                self.refuse(1, f"there is no column {', '.join(missing)}")
            for row in reader:
                if None in row or None in row.values():
                    self.refuse(reader.line_num, f"the row has more or fewer cells than the header ({len(header)})")
                yield Row(reader.line_num, {str(name).strip(): text.strip() for name, text in row.items()})
        except csv.Error as error:
            self.refuse(reader.reader.line_num, f"this is not a CSV: {error}")

    def first_time(self, line: int, item_id: str) -> str:
        """Checks that an id occurs for the first time.

        Args:
            line: line number of the id.
            item_id: id of a video.

        Returns:
            `item_id`.
        """
        if item_id in self._seen:
            self.refuse(line, f"{item_id} is already in line {self._seen[item_id]}")
        self._seen[item_id] = line
        return item_id

    def section(self, line: int, start: str, end: str) -> tuple[float | None, float | None]:
        """Parses start and end of a section, seconds; None for an empty cell."""
        try:
            start_s, end_s = (float(cell) if cell else None for cell in (start, end))
        except ValueError:
            self.refuse(line, f"start {start!r} and end {end!r} are not both numbers of seconds")
        first, last = start_s or 0.0, float("inf") if end_s is None else end_s
        if not 0 <= first < last:
            self.refuse(line, f"the section from {start or 0} to {end or 'the end'} s is empty or negative")
        return start_s, end_s

    def refuse(self, line: int, problem: str) -> NoReturn:
        """Raises an error for a line.

        Args:
            line: line number.
            problem: problem of the line, for the error message.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"{self.path}, line {line}: {problem}.", FETCH_AGAIN)
