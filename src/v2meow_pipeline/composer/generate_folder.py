"""Generates soundtracks for all videos of a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from v2meow_pipeline.composer.composer import Composer
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.generate import Generation, generate
from v2meow_pipeline.composer.resolve import ModelSource
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.containers import TARGETS
from v2meow_pipeline.media.source import display_name

VIDEO_SUFFIXES = frozenset(
    (*TARGETS, ".avi", ".ts", ".mts", ".m2ts", ".flv", ".ogv", ".mpg", ".mpeg", ".3gp", ".wmv", ".gif", ".vob")
)


class FolderEntry(NamedTuple):
    """Result for one video of a folder.

    Attributes:
        video: the video.
        made: the generated soundtrack; None if it failed.
        error: why it failed, with a remedy; empty if it did not.
    """

    video: Path
    made: Generation | None
    error: str = ""


def videos_of(folder: Path) -> list[Path]:
    """Videos directly in a folder, by their suffix, sorted by name; hidden files are left out.

    Args:
        folder: the folder.

    Returns:
        Paths of the videos.

    Raises:
        V2MeowError: if there are none.
    """
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES]
    if not videos:
        raise V2MeowError(f"There are no videos in {display_name(folder)}.", "Give a folder with videos in it.")
    return videos


def generate_folder(
    folder: Path, output: Path, models: ModelSource, config: ComposerConfig | None, options: dict[str, Any]
) -> Iterator[FolderEntry]:
    """Generates a soundtrack for each video of a folder with the same models and options.

    Outputs have the names of the videos; containers that cannot be written become .mkv.

    Args:
        folder: folder of videos, not searched recursively.
        output: output folder; it is created if it does not exist.
        models: trained models, loaded once.
        config: sampling configuration; None takes the models' own.
        options: further arguments of `generate`.

    Yields:
        One entry per video; a video that cannot be used does not end the iteration.

    Raises:
        V2MeowError: if there are no videos, or the output is a file or the same folder.
    """
    videos = videos_of(folder)
    if output.exists() and (not output.is_dir() or output.samefile(folder)):
        raise V2MeowError(
            f"{display_name(output)} cannot be the output folder.", "Name another folder for the outputs."
        )
    output.mkdir(parents=True, exist_ok=True)
    composer = Composer.from_pretrained(models.folder, config)
    for video in videos:
        yield _generate_one(video, output, composer, options)


def _generate_one(video: Path, output: Path, composer: Composer, options: dict[str, Any]) -> FolderEntry:
    suffix = video.suffix if video.suffix.lower() in TARGETS else ".mkv"
    try:
        return FolderEntry(video, generate(video, output / f"{video.stem}{suffix}", models=composer, **options))
    except V2MeowError as error:
        return FolderEntry(video, None, str(error))
