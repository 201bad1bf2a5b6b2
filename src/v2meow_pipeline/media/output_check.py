"""Checks of an input and an output file that take milliseconds, for use before imports that take seconds."""

import os
from pathlib import Path

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.containers import check_suffix
from v2meow_pipeline.media.source import display_name, open_media, video_stream


def check_output(video: Path, output: Path, overwrite: bool) -> None:
    """Checks that an output can be written and is not the video.

    Args:
        video: the input; it need not exist.
        output: path of the output.
        overwrite: whether an existing output may be replaced.

    Raises:
        V2MeowError: if it cannot be written.
    """
    if output.exists() and video.exists() and output.samefile(video):
        raise V2MeowError(f"{display_name(output)} is the video itself.", "Choose another output.")
    if output.is_dir():
        raise V2MeowError(f"{display_name(output)} is a folder.", "Give the name of a file in it.")
    if output.exists() and not overwrite:
        raise V2MeowError(f"{display_name(output)} exists.", "Choose another output, or add --overwrite.")
    there = next(parent for parent in output.absolute().parents if parent.exists())
    if not (there.is_dir() and os.access(there, os.W_OK)):
        raise V2MeowError(f"Nothing can be written to {display_name(there)}.", "Choose another output.")


def check_files(video: Path, output: Path, overwrite: bool) -> None:
    """Checks that a file is a video by its headers, and that an output with such a name can be written.

    Args:
        video: the input.
        output: path of the output.
        overwrite: whether an existing output may be replaced.

    Raises:
        V2MeowError: those of `check_output`; a MediaError with a reason of `open_media` or `video_stream`, or "suffix".
    """
    check_output(video, output, overwrite)
    check_suffix(output)
    with open_media(video) as container:
        video_stream(container, video)
