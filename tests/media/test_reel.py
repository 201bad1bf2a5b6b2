"""Frames come with their times, from any start."""

from fractions import Fraction
from itertools import islice
from pathlib import Path

import pytest
from tests.support.media_makers import make_constant, read_barcode

from v2meow_pipeline.media.picture import FrameSpec, Renderer
from v2meow_pipeline.media.reel import Reel


def numbers(reel: Reel, time_s: float, count: int) -> list[tuple[float, int]]:
    renderer = Renderer(FrameSpec(1.0, 64, True), None)
    return [(f.time_s, read_barcode(renderer.render(f.frame))) for f in islice(reel.since(time_s), count)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_every_start_agrees_with_the_numbers_in_the_frames(suffix: str, tmp_path: Path) -> None:
    """Catches time zero that moves after a seek, and a first frame later than asked for."""
    path = make_constant(tmp_path / f"v{suffix}", Fraction(25), 40.0, options={"g": "50"})
    with Reel(path) as reel:
        for time_s in (0.0, 0.5, 30.0, 3.0, 39.9, 100.0, 0.0):
            seen = numbers(reel, time_s, 3)
            assert seen[0][0] <= time_s + 0.001
            assert all(number == round(at * 25) for at, number in seen)


def test_a_file_that_cannot_seek_is_read_from_its_start(tmp_path: Path) -> None:
    """Catches an endless search in raw streams, which have no times to seek by."""
    path = make_constant(tmp_path / "v.h264", Fraction(25), 4.0, options={"bf": "0"})
    with Reel(path) as reel:
        assert numbers(reel, 3.0, 1)[0][1] <= 75
        assert numbers(reel, 0.0, 2) == [(0.0, 0), (pytest.approx(0.04), 1)]
