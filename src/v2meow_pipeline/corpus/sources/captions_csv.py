"""Captions table of a video folder: a CSV with captions and other metadata, one row per file."""

import csv
import unicodedata
from pathlib import Path
from typing import Any

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.source_video import SPLITS

FILE = "file"
SPLIT = "split"
COLUMNS = (FILE, "caption", "genre", "licence", SPLIT)
DELIMITERS = ",;\t"
SHOWN = 5


def read_captions(path: Path) -> dict[str, dict[str, str]]:
    """Reads caption, genre, licence and split of each file.

    Args:
        path: CSV file in UTF-8 (with or without byte-order mark) with a header, delimited by comma, semicolon or tab.
            Of `COLUMNS` only "file" is required: path of the video relative to the folder, with forward slashes.

    Returns:
        Non-empty cells of each row by `file_key` of its file.

    Raises:
        ConfigError: if the file is unreadable, a column is unknown or missing, a file occurs twice, or a split is
            unknown.
    """
    header, rows = _read(path)
    _check_header(path, header)
    captions: dict[str, dict[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise ConfigError(
                f"Row {number} of {path} has more or fewer cells than its header.",
                "Enclose text that contains the delimiter in double quotes.",
            )
        cells = {column: text.strip() for column, text in row.items() if text.strip()}
        key = file_key(cells.pop(FILE, ""))
        if not key or key in captions:
            fault = f"repeats the file {key}" if key else "has no file name"
            raise ConfigError(f"Row {number} of {path} {fault}.", "Give each video one row.")
        if cells.get(SPLIT, SPLITS[0]) not in SPLITS:
            problem = f"Row {number} of {path} has the split {cells[SPLIT]!r}."
            raise ConfigError(problem, f"Choose one of {', '.join(SPLITS)}, or leave the cell empty.")
        captions[key] = cells
    return captions


def file_key(relative: str) -> str:
    """Normalizes a relative path to Unicode NFC, since macOS and Linux encode accented letters differently."""
    return unicodedata.normalize("NFC", relative.replace("\\", "/")).removeprefix("./")


def check_all_found(path: Path, captions: dict[str, dict[str, str]], found: set[str]) -> None:
    """Checks that every row of a captions table matches a video, so that no caption is silently ignored.

    Args:
        path: CSV file, for the error message.
        captions: rows by `file_key`.
        found: `file_key` of each video.

    Raises:
        ConfigError: if a row matches no video.
    """
    unmatched = sorted(set(captions) - found)
    if unmatched:
        names = ", ".join(unmatched[:SHOWN]) + (", ..." if len(unmatched) > SHOWN else "")
        raise ConfigError(
            f"{len(unmatched)} of {len(captions)} rows of {path} match no video in the folder: {names}.",
            "Write each path relative to the folder, or delete the row.",
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
        fault = f"unknown columns {', '.join(map(repr, unknown))}" if unknown else "no column 'file', or duplicate ones"
        raise ConfigError(
            f"{path} has {fault}.", f"Use the columns {', '.join(COLUMNS)}; all except file are optional."
        )
