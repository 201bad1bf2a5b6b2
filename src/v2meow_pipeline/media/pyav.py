"""Wrappers of the PyAV calls that read a file, with uniform handling of errors from damaged files.

PyAV raises FFmpeg errors and, for unexpected values from FFmpeg, Python errors such as IndexError and OverflowError.
All of them are treated as an unreadable part of the file.
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
# A frame of 7,680 x 4,320 pixels in 16-bit 4:4:4 has 199 MB.
MAX_FRAME_BYTES = 256 << 20


def demux(container: InputContainer, *streams: Stream) -> Iterator["Packet[Any]"]:
    """Reads packets up to the end of the file or to damage that the demuxer cannot skip.

    An undamaged file ends with an empty packet. Like players, it ignores everything after such damage.

    Args:
        container: open file.
        *streams: streams of the file to read.

    Yields:
        Packets in file order.
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
    """Decodes the video frames of a packet; a damaged packet has none.

    Args:
        packet: packet from `demux`.

    Returns:
        Frames in presentation order.

    Raises:
        MediaError: reason "too_large", if a frame has more than 256 MiB.
    """
    try:
        frames = packet.decode()
    except PYAV_ERRORS:
        return []
    for frame in frames:
        check_size("The video", frame.width, frame.height, frame.format)
    return frames


def decode_audio(packet: "Packet[AudioStream]") -> list[AudioFrame]:
    """Decodes the audio frames of a packet; a damaged packet has none."""
    try:
        return [frame for frame in packet.decode() if frame.samples > 0 and frame.sample_rate > 0]
    except PYAV_ERRORS:
        return []


def move_to(container: InputContainer, time_s: float, stream: Stream) -> bool:
    """Seeks to a time.

    Args:
        container: open file.
        time_s: container timestamp, seconds.
        stream: stream whose index is used for seeking.

    Returns:
        Whether the seek succeeded.
    """
    try:
        container.seek(round(Fraction(time_s) / (stream.time_base or 0)), stream=stream)
    except PYAV_ERRORS:
        return False
    return True


def check_size(name: str, width: int, height: int, pixels: VideoFormat | None) -> None:
    """Refuses frames that are too large for memory.

    Args:
        name: name of the video, for error messages.
        width: frame width, pixels.
        height: frame height, pixels.
        pixels: pixel format; None (unknown) counts as three bytes per pixel.

    Raises:
        MediaError: reason "too_large", if the frame has more than `MAX_FRAME_BYTES`.
    """
    bytes_ = width * height * 3 if pixels is None else width * height * _bits_per_pixel(pixels) // 8
    if bytes_ > MAX_FRAME_BYTES:
        shape = f"{width} x {height} pixels in format {pixels.name if pixels else 'unknown'}"
        problem = f"{name} has frames of {shape}, which need too much memory."
        raise MediaError("too_large", problem, f"Scale the video to at most {MAX_FRAME_BYTES >> 20} MiB per frame.")


@contextmanager
def reading(problem: str, remedy: str) -> Iterator[None]:
    """Context manager that converts PyAV errors to a MediaError.

    Args:
        problem: problem for the error message.
        remedy: remedy for the error message.

    Yields:
        None.

    Raises:
        MediaError: reason "undecodable", if PyAV raises an error in the block.
    """
    try:
        yield
    except PYAV_ERRORS as error:
        raise MediaError("undecodable", f"{problem} ({reason_of(error)}).", remedy) from error


def reason_of(error: BaseException) -> str:
    """First line of an error's message."""
    lines = str(getattr(error, "strerror", None) or error).splitlines()
    return lines[0] if lines else type(error).__name__


def _bits_per_pixel(pixels: VideoFormat) -> int:
    """Approximate bits per pixel: components rounded up to whole bytes; 4:2:0 chroma components count half."""
    total = 0
    for component in pixels.components:
        share = Fraction(1, 2) if component.is_chroma and "420" in pixels.name else Fraction(1)
        total += int(-(-component.bits // 8) * 8 * share)
    return total or 24
