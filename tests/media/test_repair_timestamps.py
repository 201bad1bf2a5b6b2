"""Videos with discontinuous timestamps."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import make_constant, make_video, read_barcode

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.decode import FrameSpec, Window, iter_clip_frames
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.reel import Reel
from v2meow_pipeline.media.repair_timestamps import check_timestamps, with_continuous_timestamps
from v2meow_pipeline.media.scan import scan

MILLISECOND = Fraction(1, 1000)


def joined(folder: Path) -> Path:
    """Two recordings in one transport stream, 40 and 30 frames; the second starts over at its own zero."""
    parts = [make_constant(folder / f"{n}.ts", Fraction(25), n / 25) for n in (40, 30)]
    (folder / "both.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    return folder / "both.ts"


def times_and_numbers(path: Path) -> tuple[np.ndarray, list[int]]:
    with Reel(path) as reel:
        frames = list(reel.since(0.0))
    return np.array([f.time_s for f in frames]), [read_barcode(f.frame.to_ndarray(format="gray")) for f in frames]


def test_two_recordings_in_one_file_follow_each_other(tmp_path: Path) -> None:
    """Catches a second half that is squeezed into nothing, or shown over the first."""
    path = joined(tmp_path)
    assert len(scan(path, "video").discontinuities.times_s) == 1
    with with_continuous_timestamps(path) as copy:
        times_s, numbers = times_and_numbers(copy)
        assert numbers == [*range(40), *range(30)]
        assert np.diff(times_s) == pytest.approx(0.04, abs=0.002)
        assert probe(copy).duration_s == pytest.approx(70 / 25, abs=0.05)
    assert not copy.exists() and path.exists()


def test_timestamps_a_day_ahead_do_not_make_a_day(tmp_path: Path) -> None:
    """Catches a small file that asks for 8,640 clips, and for the memory of all of them at once."""
    day = 86_400_000
    ticks = [40 * i + (day if i >= 50 else 0) for i in range(100)]
    path = make_video(tmp_path / "leap.mkv", ticks, MILLISECOND)
    assert probe(path).duration_s > 86_000
    with pytest.raises(MediaError, match=r"jump 1 times") as caught:
        check_timestamps(path, scan(path, "video"))
    assert caught.value.reason == "timestamps"
    with with_continuous_timestamps(path) as copy:
        times_s, numbers = times_and_numbers(copy)
        assert numbers == list(range(100)) and np.diff(times_s).max() < 0.1


def test_continuous_timestamps_are_left_alone(tmp_path: Path) -> None:
    """Catches slideshows with reordered frames, or a minute a picture, that are taken for damage."""
    slides = make_video(tmp_path / "slides.mkv", [60_000 * i for i in range(8)], MILLISECOND)
    plain = make_constant(tmp_path / "plain.mp4", Fraction(30000, 1001), 2.0)
    for path in (slides, plain):
        check_timestamps(path, scan(path, "video"))
        with with_continuous_timestamps(path) as same:
            assert same == path


def test_a_frame_that_is_held_for_hours_needs_the_memory_of_one_window(tmp_path: Path) -> None:
    """Catches windows that are all made before the first one leaves."""
    path = make_video(tmp_path / "held.mkv", [0, 40, 80, 360_000_000, 360_000_040], MILLISECOND)
    windows = [Window(10.0 * n, 10.0) for n in range(36_000)]
    spec = {"seen": FrameSpec(fps=25.0, size_px=224)}
    first = next(iter_clip_frames(path, windows, spec))  # all windows would be 1,355 GB
    assert read_barcode(first["seen"].images[-1][..., 0]) == 2
