"""Reading an index that somebody else wrote: whatever is wrong is told with file and line."""

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from v2meow_pipeline.errors import ConfigError

FETCH_AGAIN = "Fetch the index again, or correct that line; docs/how-to/datasets.md says where it comes from."


class Row(NamedTuple):
    """A line of an index.

    Attributes:
        line: its number, from 1; the last one of a row that spans several.
        cells: stripped text by column.
    """

    line: int
    cells: dict[str, str]


class IndexFile:
    """A text file that is read line by line, with errors that name the line."""

    def __init__(self, path: Path) -> None:
        """Opens nothing yet.

        Args:
            path: UTF-8 text; a byte-order mark is fine.
        """
        self.path = path
        self._seen: dict[str, int] = {}

    def text(self) -> str:
        """All of it.

        Returns:
            The text, never blank.

        Raises:
            ConfigError: when it is missing, no UTF-8, or blank.
        """
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except FileNotFoundError as error:
            remedy = "docs/how-to/datasets.md says where it comes from; name it with --index or `index`."
            raise ConfigError(f"There is no index {self.path}.", remedy) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The index {self.path} cannot be read as text: {error}.", FETCH_AGAIN) from error
        if not text.strip():
            raise ConfigError(f"The index {self.path} is empty.", FETCH_AGAIN)
        return text

    def lines(self) -> Iterator[tuple[int, str]]:
        """Number and stripped text of each line that is not blank."""
        for number, line in enumerate(self.text().split("\n"), start=1):
            if line.strip():
                yield number, line.strip()

    def rows(self, required: Collection[str]) -> Iterator[Row]:
        """The rows of a CSV with a header.

        Args:
            required: columns that must be there; others may.

        Yields:
            Each row.

        Raises:
            ConfigError: for a missing column, a row with another number of cells than the header, or broken quotes.
        """
        reader = csv.DictReader(io.StringIO(self.text(), newline=""), strict=True, skipinitialspace=True)
        try:
            header = [name.strip() for name in reader.fieldnames or []]
            missing = [name for name in required if name not in header]
            if missing:
                self.refuse(1, f"there is no column {', '.join(missing)}")
            for row in reader:
                if None in row or None in row.values():
                    self.refuse(reader.line_num, f"there are more or fewer cells than the {len(header)} of the header")
                yield Row(reader.line_num, {str(name).strip(): text.strip() for name, text in row.items()})
        except csv.Error as error:
            self.refuse(reader.reader.line_num, f"this is not a CSV: {error}")

    def first_time(self, line: int, item_id: str) -> str:
        """The same id, which must not have come before.

        Args:
            line: where it stands.
            item_id: of a video.

        Returns:
            The id.
        """
        if item_id in self._seen:
            self.refuse(line, f"{item_id} came before, in line {self._seen[item_id]}")
        self._seen[item_id] = line
        return item_id

    def section(self, line: int, start: str, end: str) -> tuple[float | None, float | None]:
        """Start and end of a section, seconds; None for an empty cell."""
        try:
            start_s, end_s = (float(cell) if cell else None for cell in (start, end))
        except ValueError:
            self.refuse(line, f"start {start!r} and end {end!r} are not both numbers of seconds")
        first, last = start_s or 0.0, float("inf") if end_s is None else end_s
        if not 0 <= first < last:
            self.refuse(line, f"a section from {start or 0} to {end or 'the end'} s is none")
        return start_s, end_s

    def refuse(self, line: int, problem: str) -> NoReturn:
        """Raises.

        Args:
            line: its number.
            problem: what is wrong there.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(f"{self.path}, line {line}: {problem}.", FETCH_AGAIN)
