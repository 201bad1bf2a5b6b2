"""A person's own videos: everything below one folder."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.record import SourceVideo
from v2meow_pipeline.corpus.sources.captions_csv import check_all_found, file_key, read_captions
from v2meow_pipeline.errors import ConfigError

# What lies beside videos and is none. Any other file is taken for a video, so that a broken one is reported in the
# quarantine table and not passed over.
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
    """A folder of videos.

    Attributes:
        path: the folder; searched with all folders below it, symbolic links followed, hidden names left out.
        captions_csv: CSV with the columns file, caption, genre, licence, split; None if nothing is known.
        licence: of all videos that the CSV says nothing about.
        name: of the corpus in the manifest; two folders need two names.
    """

    path: str
    captions_csv: str | None = None
    licence: str | None = None
    name: str = "folder"


def collect(config: FolderConfig) -> list[SourceVideo]:
    """A record a file, whether or not it turns out to be a video: ingestion says why one is refused.

    Args:
        config: the folder.

    Returns:
        Records by relative path; `source_id` depends on that path and the corpus' name, not on where the folder lies.

    Raises:
        ConfigError: when the folder is missing or empty, or the CSV does not fit it.
    """
    root = Path(config.path).expanduser().absolute()
    if not root.is_dir():
        raise ConfigError(f"There is no folder {root}.", "Check `path` of the folder source.")
    files = sorted((path.relative_to(root).as_posix(), path) for path in _files(root, set()))
    if not files:
        raise ConfigError(f"There are no videos in {root}.", "Put videos there, or point `path` elsewhere.")
    captions = {}
    if config.captions_csv is not None:
        csv_path = Path(config.captions_csv).expanduser()
        captions = read_captions(csv_path)
        check_all_found(csv_path, captions, {file_key(relative) for relative, _ in files})
    return [_record(config, relative, path, captions.get(file_key(relative), {})) for relative, path in files]


def source_id(corpus: str, relative: str) -> str:
    """A stable id that is safe in a file name: a readable part, and a hash that tells similar names apart.

    Args:
        corpus: name of the corpus.
        relative: path below the folder, with forward slashes.

    Returns:
        Such as "my-holiday-1f0c9a2b", of lower-case ASCII letters, digits and hyphens.
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
            # A name that is not UTF-8 fits in no table; escaped it is quarantined as missing, and can be recognised.
            "path": str(path).encode(errors="backslashreplace").decode(),
            "corpus": config.name,
            **{key: value for key, value in described.items() if value is not None},
        }
    )


def _files(folder: Path, above: set[tuple[int, int]]) -> Iterator[Path]:
    """Files below a folder. A link to a folder that leads back to one above it would never end."""
    status = folder.stat()
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        return
    try:
        paths = sorted(folder.iterdir())
    except PermissionError:
        yield folder  # ingestion puts it in quarantine: its videos must not vanish in silence
        return
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _files(path, above | {identity})
        elif path.suffix.lower() not in NOT_MEDIA:
            yield path
