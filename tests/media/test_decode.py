"""Frames are the ones on screen at the times asked for."""

import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support import sampling_table as table
from tests.support.media_makers import make_constant, make_video, read_barcode

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.decode import FrameSpec, Window, iter_clip_frames

TINY = {"tiny": FrameSpec(24.0, 32, True, "stretch")}


@pytest.mark.parametrize("index", range(len(table.CASES)))
def test_no_sampled_frame_is_more_than_one_off(index: int, tmp_path: Path) -> None:
    """Catches sampling by frame number, by average rate, or on the undecorated axis of an edited file."""
    case = table.CASES[index](tmp_path)
    worst, count = table.sampling_error(case, table.windows_of(case))
    assert count >= 500
    assert worst <= (1 if case.path.suffix == ".mkv" else 0), case.name


@pytest.mark.slow
def test_one_hour_is_sampled_without_drift(tmp_path: Path) -> None:
    """Catches error that adds up, and windows of a long file that all begin at its start."""
    case = table.hour(tmp_path)
    assert table.sampling_error(case, table.hour_windows())[0] == 0


def test_late_windows_are_found_by_seeking(tmp_path: Path) -> None:
    """The short form of the hour: catches a seek that lands behind the window or shifts time zero."""
    path = make_constant(tmp_path / "long.mp4", Fraction(5), 200.0, size=(32, 32), options={"g": "60"})
    case = table.Case("long", path, np.arange(1000) / 5)
    windows = [Window(3.3, 5.0), Window(90.05, 5.0), Window(91.0, 5.0), Window(190.0, 10.0)]
    assert table.sampling_error(case, windows)[0] == 0


@pytest.mark.parametrize("suffix", [".mkv", ".ts", ".avi"])
def test_seeking_works_in_other_containers(suffix: str, tmp_path: Path) -> None:
    """Catches containers whose seek lands after the time wanted."""
    bframes = "0" if suffix == ".avi" else "2"
    path = make_constant(
        tmp_path / f"long{suffix}", Fraction(5), 100.0, size=(32, 32), options={"g": "60", "bf": bframes}
    )
    case = table.Case("long", path, np.arange(500) / 5)
    assert table.sampling_error(case, [Window(60.55, 5.0), Window(90.0, 5.0)])[0] <= (suffix == ".mkv")


def test_times_are_those_of_the_frames_shown(tmp_path: Path) -> None:
    """Catches times that repeat the request instead of telling when the frame appeared."""
    path = make_video(tmp_path / "v.mp4", [0, 1000, 1100, 3000], Fraction(1, 1000))
    (clip,) = iter_clip_frames(path, [Window(0.5, 3.0)], {"two": FrameSpec(2.0, 32, True)})
    assert clip["two"].times_s.tolist() == pytest.approx([-0.5, 0.5, 0.6, 0.6, 0.6, 2.5])
    assert [read_barcode(image) for image in clip["two"].images] == [0, 1, 2, 2, 2, 3]


def test_the_last_frame_is_held_where_video_ends_early(tmp_path: Path) -> None:
    """Catches a short or black clip at the end of a file, and a window beyond it."""
    path = make_constant(tmp_path / "v.mp4", Fraction(25), 2.0)
    inside, beyond = iter_clip_frames(path, [Window(1.0, 3.0), Window(60.0, 1.0)], TINY)
    assert len(inside["tiny"].images) == 72
    assert {read_barcode(image) for image in beyond["tiny"].images} == {49}


def test_all_specs_come_from_one_pass_and_have_their_shapes(tmp_path: Path) -> None:
    """Catches specs that are mixed up with one another."""
    path = make_constant(tmp_path / "v.mp4", Fraction(25), 2.0, size=(128, 64))
    specs = {"a": FrameSpec(1.0, 48), "b": FrameSpec(24.0, 32, True, "crop"), "c": FrameSpec(2.5, 30, False, "stretch")}
    (clip,) = iter_clip_frames(path, [Window(0.0, 2.0)], specs)
    shapes = {name: frames.images.shape for name, frames in clip.items()}
    assert shapes == {"a": (2, 48, 48, 3), "b": (48, 32, 32), "c": (5, 30, 30, 3)}
    assert all(frames.images.dtype == np.uint8 and frames.times_s.dtype == np.float64 for frames in clip.values())


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Catches frames kept beyond their window."""
    path = make_constant(tmp_path / "v.mp4", Fraction(10), 120.0, size=(64, 64))
    windows = [Window(float(start), 5.0) for start in range(0, 120, 5)]
    spec = {"big": FrameSpec(4.0, 128)}
    one_window = 20 * 128 * 128 * 3
    tracemalloc.start()
    for _ in iter_clip_frames(path, windows, spec):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * one_window


def test_windows_out_of_order_are_refused(tmp_path: Path) -> None:
    """Catches a second decode pass, or worse, frames of the wrong window."""
    with pytest.raises(ValueError, match="sorted"):
        list(iter_clip_frames(tmp_path / "v.mp4", [Window(5.0, 1.0), Window(0.0, 1.0)], TINY))


def test_damage_in_the_middle_holds_the_frame_before_it(tmp_path: Path) -> None:
    """Catches a crash, or a hang, on bytes that no decoder understands."""
    path = make_constant(tmp_path / "v.mkv", Fraction(25), 8.0, options={"g": "25"})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    path.write_bytes(data)
    (clip,) = iter_clip_frames(path, [Window(0.0, 8.0)], TINY)
    assert read_barcode(clip["tiny"].images[24]) == 25
    assert len(clip["tiny"].images) == 192


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    """Catches a bare OSError from deep within."""
    with pytest.raises(MediaError) as caught:
        list(iter_clip_frames(tmp_path / "none.mp4", [Window(0.0, 1.0)], TINY))
    assert caught.value.reason == "missing"
