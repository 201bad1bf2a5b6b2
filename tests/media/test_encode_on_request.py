"""Pictures that a container cannot hold as they are."""

from fractions import Fraction
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from tests.support.media_makers import barcode, make_constant, make_video, read_barcode

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.ffmpeg import file_url, run
from v2meow_pipeline.media.mux import check_muxable, mux_soundtrack
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.reel import Reel

RATE_HZ = 16_000
WAVE = 0.1 * np.random.default_rng(0).standard_normal(4 * RATE_HZ).astype(np.float32)


def numbers(path: Path) -> list[int]:
    with Reel(path) as reel:
        return [read_barcode(frame.frame.to_ndarray(format="gray")) for frame in reel.since(0.0)]


@pytest.fixture(scope="module")
def gif(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty frames, ten a second, of 63 x 63 pixels: sides that 4:2:0 does not have."""
    path = tmp_path_factory.mktemp("gif") / "loop.gif"
    frames = [np.repeat(barcode(index, 63, 63)[..., None], 3, axis=2) for index in range(20)]
    seen = ffmpeg.input("pipe:0", format="rawvideo", pix_fmt="rgb24", s="63x63", r=10)
    run(ffmpeg.output(seen, file_url(path), format="gif"), [frame.tobytes() for frame in frames])
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".mkv"])
def test_what_cannot_be_held_is_known_before_any_work_and_the_advice_works(
    gif: Path, tmp_path: Path, suffix: str
) -> None:
    """Catches an error after the whole computation, whose advice fails in turn."""
    output = tmp_path / f"out{suffix}"
    with pytest.raises(MediaError, match=r"--encode h264"):
        check_muxable(gif, output, MuxConfig())
    codec = "av1" if suffix == ".webm" else "h264"
    config = MuxConfig(encode=codec)
    check_muxable(gif, output, config)
    assert not output.exists()
    mux_soundtrack(gif, WAVE, RATE_HZ, output, config)
    assert probe(output).video_codec == codec and numbers(output) == list(range(20))


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_frames_keep_their_times_when_they_are_encoded(tmp_path: Path, codec: str) -> None:
    """Catches a variable rate that is made constant, which drops and doubles frames."""
    ticks = [0, 40, 80, 200, 210, 500, 540, 580, 1500, 1540]
    source = make_video(tmp_path / "in.mkv", ticks, Fraction(1, 1000))
    report = mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / "out.mp4", MuxConfig(encode=codec))  # type: ignore[arg-type]
    with Reel(tmp_path / "out.mp4") as reel:
        assert [frame.time_s for frame in reel.since(0.0)] == pytest.approx([t / 1000 for t in ticks], abs=0.002)
    assert report.frames == len(ticks)


def test_hevc_is_named_as_apple_wants_it(tmp_path: Path) -> None:
    """Catches hev1, which QuickTime shows as sound without a picture."""
    options = {"x265-params": "log-level=none", "bf": "0"}
    source = make_constant(tmp_path / "in.mkv", Fraction(25), 1.0, codec="libx265", options=options)
    for suffix in (".mp4", ".mov"):
        mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / f"out{suffix}")
        assert b"hvc1" in (tmp_path / f"out{suffix}").read_bytes()


def test_the_codec_counts_and_not_its_decoder(tmp_path: Path) -> None:
    """Catches AV1 that is refused since libdav1d decodes it."""
    source = make_constant(tmp_path / "in.mp4", Fraction(25), 1.0, codec="libsvtav1", options={"preset": "12"})
    assert probe(source).video_codec == "av1"
    check_muxable(source, tmp_path / "out.mp4", MuxConfig())
    assert mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / "out.mp4").frames == 25


def test_a_folder_that_does_not_exist_yet_and_a_long_name_are_no_obstacle(tmp_path: Path) -> None:
    """Catches a trial that needs the folder which only the result makes, and names that grow too long."""
    source = make_constant(tmp_path / "in.mp4", Fraction(25), 1.0)
    output = tmp_path / "new" / "folder" / f"{'n' * 245}.mp4"
    check_muxable(source, output, MuxConfig())
    assert not (tmp_path / "new").exists()
    assert mux_soundtrack(source, WAVE, RATE_HZ, output).frames == 25
    assert [path.name for path in output.parent.iterdir()] == [output.name]


def test_an_unknown_suffix_is_named_as_such(gif: Path, tmp_path: Path) -> None:
    """Catches the advice to encode for a file that no video fits into."""
    with pytest.raises(MediaError, match=r"A \.txt file is not a video container.*\.mp4"):
        check_muxable(gif, tmp_path / "out.txt", MuxConfig(encode="h264"))


def test_a_recording_whose_last_frame_came_late_is_encoded(tmp_path: Path) -> None:
    """Catches a browser's recording that is refused since the encoder repeats the last interval."""
    ticks = [0, 40, 80, 120, 160, 1200]
    source = make_video(tmp_path / "in.webm", ticks, Fraction(1, 1000), codec="libvpx")
    # Browsers state no duration of frames: that of the track (4 bytes) is replaced by a void element.
    content, stated = source.read_bytes(), b"\x23\xe3\x83\x84"
    assert content.count(stated) == 1
    at = content.index(stated)
    source.write_bytes(content[:at] + b"\xec\x86" + bytes(6) + content[at + 8 :])
    report = mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / "out.mp4", MuxConfig(encode="h264"))
    assert report.frames == len(ticks)
    with Reel(tmp_path / "out.mp4") as reel:
        assert [frame.time_s for frame in reel.since(0.0)] == pytest.approx([t / 1000 for t in ticks], abs=0.002)
