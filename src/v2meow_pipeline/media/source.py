"""Safe opening of untrusted media files: local regular files in known containers, not truncated."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.completeness import missing_bytes
from v2meow_pipeline.media.pyav import PYAV_ERRORS, check_size, reason_of

Chosen = TypeVar("Chosen", VideoStream, AudioStream)

HEAD_BYTES = 4096

# Allowed demuxers: containers, but no playlists (hls, dash, concat, sdp, image2, ...), devices or raw data.
DEMUXERS = (
    "mov,matroska,webm,avi,flv,live_flv,kux,mpeg,mpegts,mpegvideo,asf,asf_o,ogg,mxf,gxf,nut,ivf,wtv,rm,dv,gif,"
    "yuv4mpegpipe,h261,h263,h264,hevc,m4v,obu,av1,vc1,mjpeg,nsv,pva,pmp,smjpeg,roq,bink,smk,swf,4xm,vivo,ty,nuv,ivr,"
    "apng,wav,w64,rf64,aiff,caf,au,mp3,flac,aac,ac3,eac3,dts,truehd,amr,ape,wv,tta,tak,mpc,mpc8,dsf,voc,qcp,loas"
)

PICTURE_REMEDY = "Provide a video; an animation can be converted to .mp4 first."
# Image formats by their magic numbers, since ffmpeg only reports invalid data for them.
_IMAGE_SIGNATURES = {
    "JPEG": re.compile(rb"\A\xff\xd8\xff"),
    "PNG": re.compile(rb"\A\x89PNG(?!.*acTL)", re.DOTALL),  # animated ones are videos
    "WebP": re.compile(rb"\ARIFF....WEBP", re.DOTALL),
    "TIFF": re.compile(rb"\A(II\*\0|MM\0\*)"),
    "BMP": re.compile(rb"\ABM.{4}\0{4}", re.DOTALL),
    "HEIF": re.compile(rb"\A....ftyp(heic|heix|mif1|avif)", re.DOTALL),
}
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_PLAYLIST = re.compile(
    rb"\A(\xef\xbb\xbf)?\s*(#EXTM3U|ffconcat|\[playlist\]|file\s+['\"/.\w]|<\?xml[^>]*>\s*<(MPD|smil|asx)|<MPD|<asx|<smil"
    rb"|v=0\s|#EXTINF|\[reference\]|RTSPtext|https?://)",
    re.IGNORECASE,
)


def display_name(path: Path) -> str:
    """Printable name of a file: non-printable characters, such as newlines, are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in str(path))


def check_local_file(path: Path) -> None:
    """Checks that a path is a readable, non-empty regular file, without opening it, which could block.

    Args:
        path: path from the user; symbolic links are followed.

    Raises:
        MediaError: reasons "url", "missing", "directory", "special_file", "unreadable", "empty".
    """
    try:
        status = path.stat()
    except FileNotFoundError as error:
        if _URL.match(str(path)):
            problem = f"{display_name(path)} is a URL, not a file."
            raise MediaError("url", problem, "Download it first and provide the file.") from error
        raise MediaError("missing", f"There is no file {display_name(path)}.", "Check the name.") from error
    except (OSError, ValueError) as error:
        problem = f"{display_name(path)} cannot be reached: {getattr(error, 'strerror', None) or error}."
        raise MediaError("unreadable", problem, "Check the name and its permissions.") from error
    if stat.S_ISDIR(status.st_mode):
        raise MediaError("directory", f"{display_name(path)} is a folder, not a file.", "Provide one video file.")
    if not stat.S_ISREG(status.st_mode):
        raise MediaError("special_file", f"{display_name(path)} is a pipe or a device.", "Provide a regular file.")
    if not os.access(path, os.R_OK):
        raise MediaError(
            "unreadable", f"{display_name(path)} is not readable.", "Grant yourself permission to read it."
        )
    if status.st_size == 0:
        raise MediaError("empty", f"{display_name(path)} is empty.", "Copy or download it again.")


@contextmanager
def open_media(path: Path) -> Iterator[InputContainer]:
    """Opens a local media file.

    PyAV reads through a Python file object, so that the name is not parsed and no network protocol is used. Only the
    containers of `DEMUXERS` are accepted. Truncated files are refused, since otherwise half a video would be taken for
    the whole.

    Args:
        path: local media file.

    Yields:
        Open container.

    Raises:
        MediaError: reasons of `check_local_file`, and "playlist", "picture", "truncated", "not_media".
    """
    check_local_file(path)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if _PLAYLIST.search(head):
            problem = f"{display_name(path)} is a playlist of other files or URLs, not a video."
            raise MediaError("playlist", problem, "Provide the video file itself.")
        picture = _image_format(head)
        if picture:
            raise MediaError("picture", f"{display_name(path)} is an image ({picture}), not a video.", PICTURE_REMEDY)
        missing = missing_bytes(file)
        if missing:
            problem = f"{display_name(path)} is truncated: {missing}."
            raise MediaError("truncated", problem, "Copy or download it again.")
        file.seek(0)
        with _open_container(path, file) as container:
            yield container


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """First video stream of a container that is not cover art.

    Args:
        container: open file.
        path: path of the file, for error messages.

    Returns:
        Video stream, selected with `only`.

    Raises:
        MediaError: reasons "no_video", "undecodable" and "too_large".
    """
    pictures = Disposition.attached_pic | Disposition.timed_thumbnails
    moving = [s for s in container.streams.video if not s.disposition & pictures]
    if not moving:
        raise MediaError("no_video", f"{display_name(path)} has no video stream.", "Provide a video file.")
    stream = moving[0]
    if stream.codec_context is None:
        raise MediaError(
            "undecodable", f"There is no decoder for the video stream of {display_name(path)}.", "Convert it to H.264."
        )
    # A malicious header can request any amount of memory.
    check_size(display_name(path), stream.width, stream.height, stream.format)
    return only(stream)


def audio_stream(container: InputContainer) -> AudioStream | None:
    """Audio stream that a player would select: the default one among the decodable streams, else the first; or None."""
    usable = [s for s in container.streams.audio if s.codec_context is not None and s.rate and s.channels]
    return next((stream for stream in usable if stream.disposition & Disposition.default), next(iter(usable), None))


def only(stream: Chosen) -> Chosen:
    """Selects a stream: discards all other streams of its container, and decodes it with one thread."""
    stream.codec_context.thread_count = 1
    for other in stream.container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    return stream


def _image_format(head: bytes) -> str | None:
    return next((name for name, pattern in _IMAGE_SIGNATURES.items() if pattern.match(head)), None)


def _open_container(path: Path, file: IO[bytes]) -> InputContainer:
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS}
    try:
        return av.open(_NamelessFile(file), mode="r", options=options, metadata_errors="replace")
    except PYAV_ERRORS as error:
        problem = f"{display_name(path)} is not a readable video or audio file ({reason_of(error)})."
        raise MediaError("not_media", problem, "Provide a video such as .mp4, .mkv, .mov or .webm.") from error


class _NamelessFile:
    """File object without a name, since ffmpeg would guess the container from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell
