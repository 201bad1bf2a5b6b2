"""Reading of video frames with their presentation times, relative to the first frame."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.pyav import decode_video, demux, move_to
from v2meow_pipeline.media.source import display_name, open_media, video_stream

# Seeks aim this long before the requested time, since containers index decoding times, which differ from presentation
# times by a few frames. The second margin is used if the first lands too late.
SEEK_MARGINS_S = (1.0, 15.0)
# Maximum of the tolerance for timestamps, which containers round to their tick.
MAX_TOLERANCE_S = 0.0005


class TimedFrame(NamedTuple):
    """Decoded frame with its presentation time, seconds since the first frame."""

    time_s: float
    frame: VideoFrame


class Reel:
    """Video file opened for decoding; a context manager.

    Attributes:
        first: first frame, at time zero.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file and decodes its first frame.

        Args:
            path: local video file.

        Raises:
            MediaError: reason "undecodable", or those of `source.open_media` and `source.video_stream`.
        """
        self._path, self._stack, self._can_seek = path, ExitStack(), True
        self._zero_s = 0.0
        self._open()
        rate = self.stream.average_rate or self.stream.guessed_rate
        self._step_s = float(1 / rate) if rate else 0.0
        frames = self._decode()
        first = next(frames, None)
        if first is None:
            self._stack.close()
            problem = f"No frame of {display_name(path)} can be decoded."
            raise MediaError("undecodable", problem, "Copy it again, or convert it to H.264.")
        self._zero_s, self.first = first.time_s, TimedFrame(0.0, first.frame)
        self._from_start: Iterator[TimedFrame] | None = frames

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    @property
    def zero_s(self) -> float:
        """Container timestamp of the first frame, seconds."""
        return self._zero_s

    @property
    def tolerance_s(self) -> float:
        """Tolerance for comparing timestamps: half a tick of the container, at most `MAX_TOLERANCE_S`; seconds."""
        return min(self._tick / 2, MAX_TOLERANCE_S)

    @property
    def seekable(self) -> bool:
        """Whether the file supports seeking, as far as is known."""
        return self._can_seek

    def since(self, time_s: float) -> Iterator[TimedFrame]:
        """Frames in presentation order, starting at or before a time.

        Args:
            time_s: time, seconds since the first frame; 0 starts with the first frame.

        Returns:
            Frames up to the end of the video; a further call of `since` invalidates the iterator.
        """
        for margin_s in SEEK_MARGINS_S if self._can_seek else ():
            if time_s <= margin_s:
                break
            frames = self._seek(time_s - margin_s)
            frame = next(frames, None)
            if frame is not None and frame.time_s <= time_s:
                return chain([frame], frames)
        else:
            self._can_seek = self._can_seek and time_s <= SEEK_MARGINS_S[0]
        return self._start()

    def _open(self) -> None:
        self._stack.close()  # a further call reopens the file
        self.container: InputContainer = self._stack.enter_context(open_media(self._path))
        self.stream: VideoStream = video_stream(self.container, self._path)
        self._tick = float(self.stream.time_base or 0.0)

    def _start(self) -> Iterator[TimedFrame]:
        if self._from_start is None:
            self._open()
            return self._decode()
        frames, self._from_start = self._from_start, None
        return chain([self.first], frames)

    def _seek(self, time_s: float) -> Iterator[TimedFrame]:
        self._from_start = None
        return self._decode() if move_to(self.container, time_s + self._zero_s, self.stream) else iter(())

    def _decode(self) -> Iterator[TimedFrame]:
        last_s = -self._step_s
        for packet in demux(self.container, self.stream):
            for frame in decode_video(packet):
                stamp = frame.pts if frame.pts is not None else frame.dts
                if stamp is None:  # a raw stream has a frame rate but no timestamps
                    self._can_seek, last_s = False, last_s + self._step_s
                else:
                    last_s = stamp * self._tick - self._zero_s
                yield TimedFrame(last_s, frame)
