"""Earlier results of `generate`: files whose metadata say how their music was generated."""

from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.composer.recipe import Recipe
from v2meow_pipeline.errors import ConfigError, MediaError
from v2meow_pipeline.media.origin import Origin, read_origin
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.sound_info import read_sound_info
from v2meow_pipeline.media.source import display_name

# Reasons for which a file is no video, but may have sound: sound files may have a cover picture.
SOUND_ALONE = frozenset(["no_video", "one_frame", "no_frame_rate"])


class EarlierResult(NamedTuple):
    """A file with generated music, and how it was generated."""

    path: Path
    origin: Origin
    recipe: Recipe


def read_earlier_result(path: Path) -> EarlierResult:
    """Reads how the music of a file was generated.

    Args:
        path: video or sound file.

    Returns:
        The file and the origin of its music.

    Raises:
        ConfigError: if the file does not say how its music was generated; MediaError if it cannot be read.
    """
    origin = read_origin(_comment(path))
    if origin is None:
        raise ConfigError(
            f"{display_name(path)} does not say how its music was generated.",
            "Name a result of `v2meow generate`, whose metadata were kept.",
        )
    return EarlierResult(path, origin, Recipe.parse(dict(origin.recipe or {})))


def fade_out_of(path: Path) -> float:
    """Duration of the fade-out at the end of a file, in seconds; 0 unless it is an earlier result."""
    origin = read_origin(_comment(path))
    return 0.0 if origin is None else Recipe.parse(dict(origin.recipe or {})).mux_config().fade_out_s


def _comment(path: Path) -> str:
    try:
        return probe(path).comment
    except MediaError as error:
        if error.reason not in SOUND_ALONE:
            raise
    return read_sound_info(path).comment
