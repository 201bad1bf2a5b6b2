"""Corpus source "folder": the user's own videos in a directory tree."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.sources.captions_csv import check_all_found, file_key, read_captions
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.source_video import SourceVideo

# File types that are not videos. Every other file is treated as a video, so that a broken one is reported in the
# quarantine table instead of being ignored.
NOT_MEDIA = frozenset(
    (
        *(".csv", ".tsv", ".txt", ".md", ".rst", ".json", ".jsonl", ".yml", ".yaml", ".toml", ".xml", ".html", ".htm"),
        *(".pdf", ".doc", ".docx", ".xls", ".xlsx", ".ods", ".odt", ".parquet", ".nfo", ".log", ".ini", ".db", ".dvc"),
        *(".svg", ".ico"),
        *(".srt", ".vtt", ".ass", ".ssa", ".sub", ".idx", ".lrc"),
    )
)
SLUG_LENGTH = 40


class FolderConfig(Config):
    """Configuration of a folder of videos.

    Attributes:
        path: directory, searched recursively; symbolic links are followed, hidden files and directories are skipped.
        captions_csv: captions table with the columns file, caption, genre, licence, split; None if there is none.
        licence: licence of the videos for which the captions table has none.
        name: name of the corpus in the manifest, unique for each folder.
    """

    path: str
    captions_csv: str | None = None
    licence: str | None = None
    name: str = "folder"


def collect(config: FolderConfig) -> list[SourceVideo]:
    """Lists the files of a folder as source videos; ingestion quarantines those that are not videos.

    Args:
        config: configuration of the folder.

    Returns:
        Records sorted by relative path; `source_id` depends on that path and the name of the corpus only.

    Raises:
        ConfigError: if the folder is missing or empty, or the captions table does not match it.
    """
    root = Path(config.path).expanduser().absolute()
    if not root.is_dir():
        raise ConfigError(f"There is no folder {root}.", "Check `path` of the folder source.")
    files = sorted((path.relative_to(root).as_posix(), path) for path in _files(root, set()))
    if not files:
        raise ConfigError(f"There are no videos in {root}.", "Put videos there, or change `path`.")
    captions = {}
    if config.captions_csv is not None:
        csv_path = Path(config.captions_csv).expanduser()
        captions = read_captions(csv_path)
        check_all_found(csv_path, captions, {file_key(relative) for relative, _ in files})
    return [_record(config, relative, path, captions.get(file_key(relative), {})) for relative, path in files]


def source_id(corpus: str, relative: str) -> str:
    """Stable id that is safe in a file name: a readable slug and a hash for uniqueness.

    Args:
        corpus: name of the corpus.
        relative: path relative to the folder, with forward slashes.

    Returns:
        Id of lower-case ASCII letters, digits and hyphens, such as "my-holiday-1f0c9a2b".
    """
    plain = unicodedata.normalize("NFKD", Path(relative).stem).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].strip("-") or "video"
    unique = f"{corpus}/{file_key(relative)}".encode(errors="surrogateescape")
    return f"{slug}-{hashlib.sha256(unique).hexdigest()[:8]}"


def _record(config: FolderConfig, relative: str, path: Path, known: dict[str, str]) -> SourceVideo:
    described = {"licence": config.licence, **known}
    return SourceVideo.parse(
        {
            "source_id": source_id(config.name, relative),
            # A name that is not UTF-8 cannot be stored in a table; the escaped path is quarantined as missing.
            "path": str(path).encode(errors="backslashreplace").decode(),
            "corpus": config.name,
            **{key: value for key, value in described.items() if value is not None},
        }
    )


def _files(folder: Path, above: set[tuple[int, int]]) -> Iterator[Path]:
    """Files below a folder; `above` holds the parent directories, to stop at symbolic-link cycles."""
    status = folder.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        return
    try:
        paths = sorted(folder.iterdir())
    except PermissionError:
        yield folder  # ingestion quarantines it, so that its videos are not ignored silently
        return
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path, above | {identity})
        elif path.suffix.lower() not in NOT_MEDIA:
            yield path
