"""The ffmpeg program: where it is, and how it is run so that its failures can be read."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import ffmpeg

from v2meow_pipeline.errors import MediaError, V2MeowError

VARIABLE = "V2MEOW_FFMPEG"
PROTOCOLS = "file,pipe"
LAST_LINES = 4
DISK_REMEDY = "Free some space or write to another disk."

_SPELLED = "v2meow-file-in-hex-"
_NO_SPACE = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)


def find_ffmpeg() -> str:
    """The ffmpeg program: the one named by V2MEOW_FFMPEG, else the one on PATH, else imageio-ffmpeg's.

    Returns:
        Its absolute path.

    Raises:
        V2MeowError: when there is none, or when the variable names something that cannot be run.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise V2MeowError(f"{VARIABLE} names {named!r}, which cannot be run.", "Correct the variable or unset it.")
        return found
    return shutil.which("ffmpeg") or _bundled()


def file_url(path: Path) -> str:
    """How ffmpeg is told of a file so that no name, such as one with a colon or a leading dash, means anything else.

    A name that is not UTF-8 is spelled in hexadecimal digits, since ffmpeg-python takes text; `run` puts it back.
    """
    url = f"file:{path.absolute()}"
    try:
        url.encode()
    except UnicodeEncodeError:
        return f"{_SPELLED}{os.fsencode(url).hex()}"
    return url


def local_input(path: Path, container: str, **options: str | int | float) -> ffmpeg.nodes.FilterableStream:
    """An ffmpeg-python input that may open this one local file.

    Args:
        path: the file.
        container: the demuxer that `probe` found; ffmpeg is not left to guess again, so a playlist stays refused.
        **options: further input options.

    Returns:
        The stream, to be mapped and given an output.
    """
    return ffmpeg.input(file_url(path), format=container, protocol_whitelist=PROTOCOLS, **options)


def run(stream: ffmpeg.nodes.OutputStream, stdin: Iterable[bytes | memoryview] = ()) -> None:
    """Runs an ffmpeg-python command to its end.

    Args:
        stream: the outputs.
        stdin: what `pipe:0` inputs read, piece by piece; memory holds one piece at a time.

    Raises:
        MediaError: reason "disk_full", or "ffmpeg_failed" with the last lines that ffmpeg said.
    """
    options = stream.global_args("-hide_banner", "-nostats", "-loglevel", "error")
    command = [_plain(word) for word in options.compile(cmd=find_ffmpeg(), overwrite_output=True)]
    # Standard error goes to a file: a pipe that nobody reads while frames are written would fill up and hang.
    with TemporaryFile() as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        try:
            _feed(process.stdin, stdin)
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace")
            lines = [line.strip() for line in said.splitlines() if line.strip()]
            told = " | ".join(lines[-LAST_LINES:]) or f"exit code {process.returncode}"
            if _NO_SPACE.search(said):
                raise MediaError("disk_full", f"There is no space left: {told}.", DISK_REMEDY)
            remedy = f"Try another file or another ffmpeg ({VARIABLE})."
            raise MediaError("ffmpeg_failed", f"ffmpeg failed: {told}.", remedy)


def _plain(word: str) -> str:
    return os.fsdecode(bytes.fromhex(word.removeprefix(_SPELLED))) if word.startswith(_SPELLED) else word


def _bundled() -> str:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise V2MeowError(
            "There is no ffmpeg program on this machine.",
            f"Run `pip install imageio-ffmpeg`, install ffmpeg, or set {VARIABLE} to its path.",
        ) from error


def _feed(pipe: IO[bytes] | None, pieces: Iterable[bytes | memoryview]) -> None:
    assert pipe is not None
    try:
        with pipe:
            for piece in pieces:
                pipe.write(piece)
    except BrokenPipeError:
        pass  # ffmpeg ended early: its return code and its last lines say why
