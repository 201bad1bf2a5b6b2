"""The calls into PyAV that read a file, so that what damage makes it raise is known in one place.

PyAV raises FFmpeg's errors and, where a value that FFmpeg returned makes no sense to it, errors of Python: IndexError,
OverflowError and others. None of them means more than that this part of the file cannot be read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from v2meow_pipeline.errors import MediaError

PYAV_ERRORS = (
    av.FFmpegError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
# 7,680 x 4,320 pixels of 4:4:4 in 16 bits have 199 MB.
MAX_FRAME_BYTES = 256 << 20


def demux(container: InputContainer, *streams: Stream) -> Iterator["Packet[Any]"]:
    """The packets of streams as far as they can be read; where nothing is damaged an empty one ends them.

    What lies beyond damage that the demuxer cannot step over does not exist for a player either.

    Args:
        container: an open file.
        *streams: some of its streams.

    Yields:
        Each packet.
    """
    try:
        packets = iter(container.demux(*streams))
    except PYAV_ERRORS:
        return
    while True:
        try:
            packet = next(packets)
        except (StopIteration, *PYAV_ERRORS):
            return
        yield packet


def decode_video(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    """The frames of a packet; none where it is damaged, so that the frame before it stays on screen.

    Args:
        packet: of `demux`.

    Returns:
        Frames, in the order in which they are shown.

    Raises:
        MediaError: reason "too_large", for a frame of more than 256 MiB.
    """
    try:
        frames = packet.decode()
    except PYAV_ERRORS:
        return []
    for frame in frames:
        check_size(frame.width, frame.height, frame.format)
    return frames


def decode_audio(packet: "Packet[AudioStream]") -> list[AudioFrame]:
    """The frames of a packet; none where it is damaged."""
    try:
        return [frame for frame in packet.decode() if frame.samples > 0 and frame.sample_rate > 0]
    except PYAV_ERRORS:
        return []


def move_to(container: InputContainer, time_s: float, stream: Stream) -> bool:
    """Moves to a time.

    Args:
        container: an open file.
        time_s: on the container's axis, seconds.
        stream: by whose index.

    Returns:
        Whether the container could.
    """
    try:
        container.seek(round(Fraction(time_s) / (stream.time_base or 0)), stream=stream)
    except PYAV_ERRORS:
        return False
    return True


def check_size(width: int, height: int, pixels: VideoFormat | None) -> None:
    """Refuses pictures that are too large to be held in memory.

    Args:
        width: pixels.
        height: pixels.
        pixels: their format; None, where it is unknown, counts three bytes a pixel.

    Raises:
        MediaError: reason "too_large".
    """
    bytes_ = width * height * 3 if pixels is None else width * height * _bits_per_pixel(pixels) // 8
    if bytes_ > MAX_FRAME_BYTES:
        problem = f"A frame of {width} x {height} pixels in format {pixels.name if pixels else 'unknown'} is too large."
        raise MediaError("too_large", problem, f"Scale the video to at most {MAX_FRAME_BYTES >> 20} MiB a frame.")


@contextmanager
def reading(problem: str, remedy: str) -> Iterator[None]:
    """Turns faults of PyAV within the block into one error.

    Args:
        problem: what cannot be read.
        remedy: what to do about it.

    Yields:
        Nothing.

    Raises:
        MediaError: reason "undecodable".
    """
    try:
        yield
    except PYAV_ERRORS as error:
        raise MediaError("undecodable", f"{problem} ({reason_of(error)}).", remedy) from error


def reason_of(error: BaseException) -> str:
    """An error's text on one line."""
    lines = str(getattr(error, "strerror", None) or error).splitlines()
    return lines[0] if lines else type(error).__name__


def _bits_per_pixel(pixels: VideoFormat) -> int:
    """Of all components, rounded up to whole bytes each; halved where a component is."""
    total = 0
    for component in pixels.components:
        share = Fraction(1, 2) if component.is_chroma and "420" in pixels.name else Fraction(1)
        total += int(-(-component.bits // 8) * 8 * share)
    return total or 24
