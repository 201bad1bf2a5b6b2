"""Locating and running the ffmpeg program, with its error output as exceptions."""

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

_HEX_PREFIX = "v2meow-file-in-hex-"
# Addresses of ffmpeg's structures, as in "[out#0/mp4 @ 0x559dd3bb5140]".
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+")
_NO_SPACE = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)


def find_ffmpeg() -> str:
    """Finds the ffmpeg program: the one named by V2MEOW_FFMPEG, else the one on PATH, else imageio-ffmpeg's.

    Returns:
        Path of the program.

    Raises:
        V2MeowError: if there is none, or V2MEOW_FFMPEG does not name an executable program.
    """
    named = os.environ.get(VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise V2MeowError(f"{VARIABLE} is {named!r}, which is not executable.", "Correct the variable or unset it.")
        return found
    return shutil.which("ffmpeg") or _bundled()


def file_url(path: Path) -> str:
    """URL of a file for ffmpeg, safe for any name, such as one with a colon or a leading dash.

    A name that is not UTF-8 is hex-encoded, since ffmpeg-python takes text only; `run` decodes it.
    """
    url = f"file:{path.absolute()}"
    try:
        url.encode()
    except UnicodeEncodeError:
        return f"{_HEX_PREFIX}{os.fsencode(url).hex()}"
    return url


def local_input(path: Path, container: str, **options: str | int | float) -> ffmpeg.nodes.FilterableStream:
    """ffmpeg-python input restricted to one local file.

    Args:
        path: local media file.
        container: ffmpeg demuxer name found by `probe`; stated so that ffmpeg cannot detect a playlist instead.
        **options: further input options of ffmpeg.

    Returns:
        Input stream of ffmpeg-python.
    """
    return ffmpeg.input(file_url(path), format=container, protocol_whitelist=PROTOCOLS, **options)


def run(stream: ffmpeg.nodes.OutputStream, stdin: Iterable[bytes | memoryview] = ()) -> None:
    """Runs an ffmpeg-python command and waits for it to finish.

    Args:
        stream: ffmpeg-python outputs.
        stdin: chunks of data for `pipe:0` inputs, consumed one at a time.

    Raises:
        MediaError: reason "disk_full", or "ffmpeg_failed" with the last lines of ffmpeg's error output.
    """
    options = stream.global_args("-hide_banner", "-nostats", "-loglevel", "error")
    command = [_decode_path(argument) for argument in options.compile(cmd=find_ffmpeg(), overwrite_output=True)]
    # Standard error goes to a file, since a pipe that is not read while frames are written would block.
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
            output = errors.read().decode(errors="replace")
            if _NO_SPACE.search(output):
                raise MediaError("disk_full", "The disk is full: ffmpeg could not write its output.", DISK_REMEDY)
            lines = [_ADDRESS.sub("", line.strip()) for line in output.splitlines() if line.strip()]
            message = " | ".join(lines[-LAST_LINES:]) or f"exit code {process.returncode}"
            remedy = f"Try another file or another ffmpeg ({VARIABLE})."
            raise MediaError("ffmpeg_failed", f"ffmpeg failed: {message}.", remedy)


def _decode_path(argument: str) -> str:
    return (
        os.fsdecode(bytes.fromhex(argument.removeprefix(_HEX_PREFIX))) if argument.startswith(_HEX_PREFIX) else argument
    )


def _bundled() -> str:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise V2MeowError(
            "There is no ffmpeg program on this machine.",
            f"Run `pip install imageio-ffmpeg`, install ffmpeg, or set {VARIABLE} to its path.",
        ) from error


def _feed(pipe: IO[bytes] | None, chunks: Iterable[bytes | memoryview]) -> None:
    assert pipe is not None
    try:
        with pipe:
            for chunk in chunks:
                pipe.write(chunk)
    except BrokenPipeError:
        pass  # ffmpeg exited early; its return code and error output give the reason
