"""What a file holds is told as a viewer sees and hears it."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import add_sound, make_constant, make_video

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.probe import probe


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi", ".flv"])
def test_rate_length_and_size_in_every_container(suffix: str, tmp_path: Path) -> None:
    """Catches lengths that only MP4 states, and a TS that begins at 1.4 s counted as longer."""
    path = make_constant(tmp_path / f"v{suffix}", Fraction(24), 3.0, size=(96, 64), options={"bf": "0"})
    info = probe(path)
    assert (info.width, info.height, info.rotation_deg) == (96, 64, 0)
    assert info.video_fps == pytest.approx(24.0, abs=0.01)
    assert info.duration_s == pytest.approx(3.0, abs=0.045)
    assert (info.has_audio, info.audio_rate_hz, info.audio_channels, info.audio_duration_s) == (False, *[None] * 3)


def test_a_recording_that_states_no_length_is_measured(tmp_path: Path) -> None:
    """Catches a length of zero for what browsers record."""
    path = make_constant(tmp_path / "v.mkv", Fraction(25), 4.0, container_options={"live": "1"})
    assert probe(path).duration_s == pytest.approx(4.0, abs=0.045)


@pytest.mark.parametrize(
    ("rotation_deg", "size"), [(0, (128, 64)), (90, (64, 128)), (180, (128, 64)), (270, (64, 128))]
)
def test_rotation_turns_the_size(rotation_deg: int, size: tuple[int, int], tmp_path: Path) -> None:
    """Catches portrait videos taken for landscape."""
    path = make_constant(tmp_path / "v.mp4", Fraction(25), 0.4, size=(128, 64), rotation_deg=rotation_deg)
    info = probe(path)
    assert (info.width, info.height, info.rotation_deg) == (*size, rotation_deg)


def test_pixels_that_are_not_square_widen_the_picture(tmp_path: Path) -> None:
    """Catches DVDs and tapes seen too narrow."""
    path = make_constant(tmp_path / "v.mp4", Fraction(25), 0.4, options={"x264-params": "sar=2/1"})
    assert (probe(path).width, probe(path).height) == (128, 64)


@pytest.mark.parametrize(("channels", "rate_hz", "codec"), [(1, 8000, "aac"), (8, 48_000, "aac"), (2, 192_000, "flac")])
def test_sound_is_described(tmp_path: Path, channels: int, rate_hz: int, codec: str) -> None:
    """Catches the length of the picture given for that of a shorter sound."""
    video = make_constant(tmp_path / "v.mp4", Fraction(25), 3.0)
    wave = np.random.default_rng(0).normal(0, 0.1, (rate_hz * 2, channels))
    info = probe(add_sound(video, wave, rate_hz, tmp_path / "a.mkv", codec))
    assert (info.has_audio, info.audio_rate_hz, info.audio_channels) == (True, rate_hz, channels)
    assert info.audio_duration_s == pytest.approx(2.0, abs=0.01 + 1024 / rate_hz)
    assert info.duration_s == pytest.approx(3.0, abs=0.03)


def test_variable_rate_has_an_average(tmp_path: Path) -> None:
    """Catches the nominal rate given for the true one."""
    ticks = [0, 100, 200, 1000, 1900]
    plain = {"bf": "0"}
    path = make_video(tmp_path / "v.mp4", ticks, Fraction(1, 1000), rate=Fraction(1000), options=plain)
    assert probe(path).video_fps == pytest.approx(2.6, abs=0.2)


def test_length_is_that_of_the_frames_shown_where_headers_err(tmp_path: Path) -> None:
    """Catches trust in an MP4 index that counts decoding times: with B-frames of variable length it is far off."""
    ticks = [0, 100, 200, 1000, 1900]
    path = make_video(tmp_path / "v.mp4", ticks, Fraction(1, 1000), rate=Fraction(1000))
    assert probe(path).duration_s >= 1.9


@pytest.mark.parametrize(
    ("suffix", "codec", "called"),
    [(".h264", "libx264", "H.264"), (".hevc", "libx265", "HEVC"), (".m2v", "mpeg2video", "MPEG")],
)
def test_a_stream_without_a_container_is_refused_with_the_way_out(
    suffix: str, codec: str, called: str, tmp_path: Path
) -> None:
    """It was computed in full, and then called empty: its packets have no timestamps."""
    path = make_constant(tmp_path / f"v{suffix}", Fraction(25), 2.0, codec=codec)
    with pytest.raises(MediaError, match=rf"raw {called}.* no timestamps.*-c copy v\.mp4") as caught:
        probe(path)
    assert caught.value.reason == "raw_stream"


def test_cover_art_is_no_video(tmp_path: Path) -> None:
    """Catches an album taken for a film."""
    import av
    from av.stream import Disposition

    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        sound, cover = out.add_stream("aac", rate=48_000), out.add_stream("mjpeg", rate=1)
        sound.layout, cover.width, cover.height, cover.pix_fmt = "mono", 64, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.float32), format="fltp", layout="mono")
        frame.rate = 48_000
        out.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        out.mux(cover.encode(None))
        out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    with pytest.raises(MediaError) as caught:
        probe(tmp_path / "a.mp4")
    assert caught.value.reason in ("no_video", "one_frame")
