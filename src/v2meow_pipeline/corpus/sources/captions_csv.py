"""What a person says of their videos: a CSV with a row a file."""

import csv
import unicodedata
from pathlib import Path
from typing import Any

from v2meow_pipeline.corpus.record import SPLITS
from v2meow_pipeline.errors import ConfigError

FILE = "file"
SPLIT = "split"
COLUMNS = (FILE, "caption", "genre", "licence", SPLIT)
DELIMITERS = ",;\t"
SHOWN = 5


def read_captions(path: Path) -> dict[str, dict[str, str]]:
    """Caption, genre, licence and split by file.

    Args:
        path: CSV in UTF-8 (a byte-order mark is fine) with a header; comma, semicolon or tab between the columns. Of
            `COLUMNS` only "file" must be there: the video's path below the folder, with forward slashes.

    Returns:
        The filled cells of each row by `file_key` of its file.

    Raises:
        ConfigError: for an unreadable file, unknown or missing columns, a file named twice, or an unknown split.
    """
    header, rows = _read(path)
    _check_header(path, header)
    captions: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise ConfigError(
                f"Row {number} of {path} has more or fewer cells than its header.",
                "Put text that holds the delimiter in double quotes.",
            )
        cells = {column: text.strip() for column, text in row.items() if text.strip()}
        key = file_key(cells.pop(FILE, ""))
        if not key or key in captions:
            fault = f"names {key} a second time" if key else "names no file"
            raise ConfigError(f"Row {number} of {path} {fault}.", "Give each video one row.")
        if cells.get(SPLIT, SPLITS[0]) not in SPLITS:
            problem = f"Row {number} of {path} has the split {cells[SPLIT]!r}."
            raise ConfigError(problem, f"Choose one of {', '.join(SPLITS)}, or leave the cell empty.")
        captions[key] = cells
    return captions


def file_key(relative: str) -> str:
    """One spelling of a relative path: macOS and Linux write an accented letter in different ways."""
    return unicodedata.normalize("NFC", relative.replace("\\", "/")).removeprefix("./")


def check_all_found(path: Path, captions: dict[str, dict[str, str]], found: set[str]) -> None:
    """Refuses a CSV with rows for videos that are not there: captions that silently go nowhere are worse.

    Args:
        path: of the CSV.
        captions: its rows.
        found: `file_key` of each video.

    Raises:
        ConfigError: naming the first of them.
    """
    lost = sorted(set(captions) - found)
    if lost:
        names = ", ".join(lost[:SHOWN]) + (", ..." if len(lost) > SHOWN else "")
        raise ConfigError(
            f"{len(lost)} of {len(captions)} rows of {path} match no video in the folder: {names}.",
            "Write each path as it is below the folder, or delete the row.",
        )


def _read(path: Path) -> tuple[list[str], list[dict[Any, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            delimiter = max(DELIMITERS, key=first.count)
            reader = csv.DictReader(file, delimiter=delimiter, strict=True)
            return [name.strip() for name in reader.fieldnames or []], [_stripped(row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path} cannot be read as a CSV: {error}.", "Save it as CSV in UTF-8.") from error


def _stripped(row: dict[str, Any]) -> dict[Any, Any]:
    return {name.strip() if name is not None else None: cell for name, cell in row.items()}


def _check_header(path: Path, header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    if unknown or FILE not in header or len(set(header)) != len(header):
        fault = f"unknown columns {', '.join(map(repr, unknown))}" if unknown else "no column 'file', or one twice"
        raise ConfigError(
            f"{path} has {fault}.", f"Its columns are {', '.join(COLUMNS)}; all but file may be left out."
        )
