"""Encoded videos hold every frame at the exact rate, and sound of the same length."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import barcode, clicks, read_barcode

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.decode import FrameSpec, Window, iter_clip_frames
from v2meow_pipeline.media.encode import encode_video, exact_fps
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.scan import scan


def pictures(count: int, width: int = 64, height: int = 64) -> list[np.ndarray]:
    return [np.repeat(barcode(i, width, height)[:, :, None], 3, axis=2) for i in range(count)]


def test_named_rates_are_exact() -> None:
    """Catches 29.97 taken for 2997/100, a frame lost in half an hour."""
    assert [exact_fps(f) for f in (23.976, 29.97, 59.94, 25, 12.5)] == [
        Fraction(24000, 1001),
        Fraction(30000, 1001),
        Fraction(60000, 1001),
        Fraction(25),
        Fraction(25, 2),
    ]


@pytest.mark.parametrize("fps", [25, 23.976, Fraction(30000, 1001)])
@pytest.mark.parametrize("channels", [1, 2])
def test_sound_is_as_long_as_the_picture(tmp_path: Path, fps: float, channels: int) -> None:
    """Catches sound that is cut at a block, or padded by the encoder."""
    wave = np.random.default_rng(0).normal(0, 0.1, (40_000, channels))
    assert encode_video(tmp_path / "a.mp4", iter(pictures(50)), fps, wave, 48_000) == 50
    video, sound, info = scan(tmp_path / "a.mp4", "video"), scan(tmp_path / "a.mp4", "audio"), probe(tmp_path / "a.mp4")
    assert video.packets == 50 and info.video_fps == pytest.approx(float(exact_fps(fps)), rel=1e-9)
    assert video.duration_s == pytest.approx(50 / float(exact_fps(fps)), abs=1e-6)
    assert sound.end_s == pytest.approx(video.end_s, abs=1024 / 48_000)
    assert info.audio_channels == channels and (info.video_codec, info.audio_codec) == ("h264", "aac")


def test_frames_and_clicks_come_back(tmp_path: Path) -> None:
    """Catches a frame lost or doubled, channels swapped, and sound out of step."""
    encode_video(tmp_path / "a.mp4", pictures(75), 25, clicks((1.0, 2.5), 3.0, 48_000))
    (clip,) = iter_clip_frames(tmp_path / "a.mp4", [Window(0.0, 3.0)], {"all": FrameSpec(25.0, 64, True)})
    assert [read_barcode(image) for image in clip["all"].images] == list(range(75))
    wave = read_audio(tmp_path / "a.mp4", 16_000)
    assert abs(np.flatnonzero(np.abs(wave) > 0.25)[0] / 16_000 - 1.0) < 0.002


def test_colours_are_kept(tmp_path: Path) -> None:
    """Catches red and blue exchanged."""
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[..., 0] = 220
    encode_video(tmp_path / "a.mp4", [frame] * 5, 25)
    (clip,) = iter_clip_frames(tmp_path / "a.mp4", [Window(0.0, 0.2)], {"all": FrameSpec(25.0, 32)})
    assert np.allclose(clip["all"].images.mean(axis=(0, 1, 2)), [220, 0, 0], atol=12)


@pytest.mark.parametrize(("width", "height"), [(63, 65), (1, 1), (10_000, 4)])
def test_odd_and_extreme_sizes(tmp_path: Path, width: int, height: int) -> None:
    """Catches the refusal of libx264 to take odd sides, and a scaler that asks for gigabytes."""
    encode_video(tmp_path / "a.mp4", pictures(5, width, height), 25)
    info = probe(tmp_path / "a.mp4")
    assert (info.width, info.height) == (width + width % 2, height + height % 2)
    for fit in ("crop", "stretch"):
        (clip,) = iter_clip_frames(tmp_path / "a.mp4", [Window(0.0, 0.2)], {"x": FrameSpec(25.0, 112, False, fit)})
        assert clip["x"].images.shape == (5, 112, 112, 3)


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """Catches half a file under the final name, and temporary files left behind."""
    (tmp_path / "a.mp4").write_text("before")
    mixed = [*pictures(3), *pictures(1, 32, 32)]
    with pytest.raises(ValueError, match="frame 3"):
        encode_video(tmp_path / "a.mp4", mixed, 25)
    with pytest.raises(ValueError, match="at least one"):
        encode_video(tmp_path / "a.mp4", [], 25)
    assert (tmp_path / "a.mp4").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Catches a bare NotADirectoryError."""
    (tmp_path / "file").touch()
    with pytest.raises(MediaError) as caught:
        encode_video(tmp_path / "file" / "a.mp4", pictures(2), 25)
    assert caught.value.reason == "unwritable"
