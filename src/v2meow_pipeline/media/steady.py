"""A video whose clock jumps, as a copy whose clock does not.

Recordings that were put together without care, and damaged ones, have timestamps that jump back to zero or ahead by
hours. Players and ffmpeg go on from where they were; so does the copy: packets stay as they are, and each stream's
times continue across a jump. Everything that reads the copy has one time axis.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import av
from av.packet import Packet
from av.stream import Discard

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.jumps import Jumps
from v2meow_pipeline.media.pyav import FAULTS, told
from v2meow_pipeline.media.scan import StreamScan, scan, timed_packets
from v2meow_pipeline.media.source import audio_stream, open_media, shown, video_stream

REASON, REMEDY = "broken_clock", "Encode it again, for instance to H.264 in .mp4."


def check_clock(path: Path, video: StreamScan) -> None:
    """Refuses a video whose clock jumps.

    Args:
        path: a local video.
        video: its picture, as scanned.

    Raises:
        MediaError: reason "broken_clock", saying where.
    """
    jumps_s = video.jumps.times_s
    if jumps_s:
        problem = f"The clock of {shown(path)} jumps {len(jumps_s)} times, first to {jumps_s[0]:.1f} s."
        raise MediaError(REASON, problem, REMEDY)


@contextmanager
def steady(path: Path) -> Iterator[Path]:
    """A video with one time axis.

    Args:
        path: a local video.

    Yields:
        The video itself, or a copy, which exists within the block, where its clock jumps.

    Raises:
        MediaError: reason "broken_clock", where such a copy cannot be made; those of `scan` and of a full disk.
    """
    if not scan(path, "video").jumps.times_s:
        yield path
        return
    with TemporaryDirectory(prefix="v2meow-") as folder:
        copy = Path(folder) / f"{path.stem}.mkv"
        try:
            _copy(path, copy)
        except FAULTS as error:
            problem = f"The clock of {shown(path)} jumps, and it cannot be copied ({told(error)})."
            raise MediaError(REASON, problem, REMEDY) from error
        check_clock(copy, scan(copy, "video"))
        yield copy


def _copy(path: Path, target: Path) -> None:
    kinds: tuple[Literal["video", "audio"], ...] = ("video", "audio")
    with open_media(path) as source, av.open(str(target), "w", format="matroska") as output:
        sound = audio_stream(source)
        streams = [video_stream(source, path), *([sound] if sound else [])]
        jumps = {stream.index: scan(path, kind).jumps for stream, kind in zip(streams, kinds, strict=False)}
        copies = {stream.index: output.add_stream_from_template(stream) for stream in streams}
        places = dict.fromkeys(jumps, 0)
        for stream in streams:
            stream.discard = Discard.default  # choosing the picture left the sound unread
        for packet, tick in timed_packets(source, *streams):
            index = packet.stream.index
            if tick is not None:
                _shift(packet, jumps[index], places[index])
                places[index] += 1
                packet.stream = copies[index]
                output.mux(packet)


def _shift(packet: "Packet[Any]", jumps: Jumps, place: int) -> None:
    tick_s = packet.time_base
    stamps = (None if stamp is None else float(stamp * tick_s) for stamp in (packet.pts, packet.dts))
    packet.pts, packet.dts = (
        None if time_s is None else round((time_s + jumps.shift_s(place, time_s)) / tick_s) for time_s in stamps
    )
