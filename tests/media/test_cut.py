"""A stretch of a video, cut to the frame."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import add_sound, clicks, make_constant, read_barcode

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.cut import cut_video
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.reel import Reel

RATE_HZ = 48_000


def test_picture_and_sound_start_at_the_same_moment(tmp_path: Path) -> None:
    """Catches a cut at the nearest keyframe, seconds away, and sound that is cut elsewhere than the picture."""
    silent = make_constant(tmp_path / "silent.mp4", Fraction(25), 8.0)
    video = add_sound(silent, clicks([3.5], 8.0, RATE_HZ), RATE_HZ, tmp_path / "video.mp4")
    cut_video(video, 3.0, 5.0, tmp_path / "cut.part")
    info = probe(tmp_path / "cut.part")
    assert info.duration_s == pytest.approx(2.0, abs=0.02) and info.has_audio
    with Reel(tmp_path / "cut.part") as reel:
        assert read_barcode(reel.first.frame.to_ndarray(format="gray")) == 75
    wave = read_audio(tmp_path / "cut.part", RATE_HZ, 0.0, 2.0)
    assert np.abs(wave).argmax() / RATE_HZ == pytest.approx(0.5, abs=0.03)


def test_a_silent_video_can_be_cut(tmp_path: Path) -> None:
    """Catches a failure on a video without sound."""
    video = make_constant(tmp_path / "silent.mp4", Fraction(25), 3.0)
    cut_video(video, 1.0, 2.0, tmp_path / "cut.mp4")
    assert not probe(tmp_path / "cut.mp4").has_audio


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    """Catches ffmpeg that opens a playlist."""
    (tmp_path / "list.mp4").write_text("#EXTM3U\nother.ts\n")
    with pytest.raises(MediaError, match="playlist of other files"):
        cut_video(tmp_path / "list.mp4", 0.0, 1.0, tmp_path / "cut.mp4")
