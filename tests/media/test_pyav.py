"""Everything that PyAV raises about a damaged file."""

import random
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import pytest

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media import pyav
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.ffmpeg import file_url, run
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.pyav import check_size
from v2meow_pipeline.media.reel import Reel
from v2meow_pipeline.media.scan import scan


@pytest.fixture(scope="module")
def flv(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("flv") / "a.flv"
    seen = ffmpeg.input("testsrc2=size=128x96:rate=12:duration=11", format="lavfi")
    heard = ffmpeg.input("sine=duration=11", format="lavfi")
    run(ffmpeg.output(seen, heard, file_url(path), **{"c:v": "flv", "c:a": "libmp3lame", "ar": 44100}))
    return path.read_bytes()


@pytest.mark.parametrize("seed", range(12))
def test_a_duplicated_range_is_read_as_far_as_it_goes(flv: bytes, seed: int, tmp_path: Path) -> None:
    """Catches the IndexError that half of such files raise in the middle of their packets."""
    start = random.Random(seed).randrange(len(flv))
    path = tmp_path / "damaged.flv"
    path.write_bytes(flv[:start] + flv[start : start + 5000] + flv[start:])
    for look in (probe, lambda p: scan(p, "video"), lambda p: scan(p, "audio"), lambda p: read_audio(p, 16_000)):
        try:
            look(path)
        except MediaError as error:
            assert error.problem and error.remedy


@pytest.mark.parametrize(
    ("width", "height", "pixels", "fits"),
    [
        (7680, 4320, "yuv444p16le", True),
        (8192, 8192, "yuv420p", True),
        (8192, 8192, "rgb48be", False),
        (16384, 16384, "gray", True),
        (16384, 16384, "yuv420p", False),
        (100_000, 1000, None, False),
    ],
)
def test_memory_of_a_frame_counts_and_not_its_pixels(width: int, height: int, pixels: str | None, fits: bool) -> None:
    """Catches a few megabytes of PNG that need gigabytes, since 16 bits a component count like eight."""
    form = None if pixels is None else av.VideoFormat(pixels, width, height)
    if fits:
        check_size("a.mp4", width, height, form)
        return
    with pytest.raises(MediaError, match=r"a.mp4 has frames of .* too much memory") as caught:
        check_size("a.mp4", width, height, form)
    assert caught.value.reason == "too_large"


def png(width: int, height: int) -> bytes:
    """A frame in the format PNG."""
    codec = av.CodecContext.create("png", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt, codec.time_base = width, height, "rgb24", Fraction(1, 10)
    frame = av.VideoFrame(width, height, "rgb24")
    return b"".join(bytes(packet) for packet in [*codec.encode(frame), *codec.encode(None)])


def test_every_frame_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches frames that grow after the first one, which a check of the headers does not see."""
    monkeypatch.setattr(pyav, "MAX_FRAME_BYTES", 64 * 64 * 3)
    path = tmp_path / "grows.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        for index in range(20):
            packet = av.Packet(png(64, 64) if index < 15 else png(640, 480))
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, Fraction(1, 10), index, index
            packet.is_keyframe = True
            container.mux(packet)
    assert probe(path).width == 64
    with Reel(path) as reel, pytest.raises(MediaError) as caught:
        list(reel.since(0.0))
    assert caught.value.reason == "too_large"
