"""Lengths are found where headers don't say them."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import add_sound, make_constant

from v2meow_pipeline.media.probe import probe


def test_sound_that_ends_long_before_the_file_is_still_measured(tmp_path: Path) -> None:
    """Catches a search of the last seconds only, which finds no sound there."""
    video = make_constant(tmp_path / "v.mp4", Fraction(5), 30.0, size=(32, 32))
    for suffix in (".mkv", ".ts", ".mp4"):
        info = probe(add_sound(video, np.zeros(96_000), 48_000, tmp_path / f"a{suffix}"))
        assert info.audio_duration_s == pytest.approx(2.0, abs=0.03)
        assert info.duration_s == pytest.approx(30.0, abs=0.05)


def test_the_sound_of_a_late_stream_is_not_longer_for_it(tmp_path: Path) -> None:
    """Catches an end taken for a length: a TS begins at 1.4 s."""
    video = make_constant(tmp_path / "v.mp4", Fraction(25), 4.0)
    info = probe(add_sound(video, np.zeros(4 * 48_000), 48_000, tmp_path / "a.ts"))
    assert info.audio_duration_s == pytest.approx(4.0, abs=0.05)
