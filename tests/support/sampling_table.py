"""How exactly frames are sampled: `python -m tests.support.sampling_table [--long]` prints a table.

Each video shows the number of each of its frames as a barcode, so that the picture itself tells which frame was
sampled; the frame that should be on screen follows from the times that the frames were written with.
"""

import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import ffmpeg
import numpy as np
from tests.support.media_makers import make_constant, make_video, read_barcode

from v2meow_pipeline.media.decode import FrameSpec, Window, iter_clip_frames
from v2meow_pipeline.media.ffmpeg import file_url, run

SPECS = {"visual": FrameSpec(1.0, 64, True, "stretch"), "flow": FrameSpec(24.0, 32, True, "stretch")}
HOUR_S = 3600


class Case(NamedTuple):
    """A video and when each of its frames is shown, seconds since the first that is; `skipped` are never shown."""

    name: str
    path: Path
    times_s: np.ndarray
    skipped: int = 0


def sampling_error(case: Case, windows: Sequence[Window]) -> tuple[int, int]:
    """The largest distance, in frames, between the frame sampled and the frame on screen, and how many were sampled."""
    worst = count = 0
    for window, clip in zip(windows, iter_clip_frames(case.path, windows, SPECS), strict=True):
        for name, spec in SPECS.items():
            wanted_s = window.start_s + np.arange(len(clip[name].images)) / spec.fps
            expected = np.searchsorted(case.times_s, wanted_s + 1e-6, side="right") - 1
            expected = np.clip(expected, 0, len(case.times_s) - 1) + case.skipped
            seen = np.array([read_barcode(image) for image in clip[name].images])
            worst, count = max(worst, int(np.abs(seen - expected).max())), count + len(seen)
    return worst, count


def constant(folder: Path, name: str, fps: Fraction, suffix: str = ".mp4", duration_s: float = 25.0) -> Case:
    """A constant frame rate."""
    path = make_constant(folder / f"{name}{suffix}", fps, duration_s)
    return Case(f"{name} fps, {suffix[1:]}", path, np.arange(round(duration_s * fps)) / float(fps))


def variable(folder: Path, suffix: str = ".mp4") -> Case:
    """Frames 11 to 250 ms apart, as a phone or a screen recorder writes them."""
    steps = np.random.default_rng(0).integers(11, 250, 200)
    ticks = np.concatenate([[0], np.cumsum(steps)])
    path = make_video(folder / f"variable{suffix}", [int(t) for t in ticks], Fraction(1, 1000), rate=Fraction(10))
    return Case(f"variable, {suffix[1:]}", path, ticks / 1000)


def edit_list(folder: Path) -> Case:
    """Cut without re-encoding: the frames between the keyframe and the cut are in the file and must not be shown."""
    source = make_constant(folder / "whole.mp4", Fraction(25), 30.0, options={"g": "100"})
    path = folder / "edited.mp4"
    run(ffmpeg.output(ffmpeg.input(file_url(source), ss=5.0), file_url(path), c="copy"))
    return Case("edit list (25 fps)", path, np.arange(25 * 25) / 25, skipped=125)


def rotated(folder: Path, degrees: int) -> Case:
    """A phone held upright."""
    path = make_constant(folder / f"rotated{degrees}.mp4", Fraction(30), 20.0, size=(128, 64), rotation_deg=degrees)
    return Case(f"rotated {degrees} degrees", path, np.arange(600) / 30)


def hour(folder: Path, fps: int = 10) -> Case:
    """One hour, keyframes every 25 s."""
    path = make_constant(folder / "hour.mp4", Fraction(fps), HOUR_S, size=(32, 32), options={"g": str(25 * fps)})
    return Case("one hour (10 fps)", path, np.arange(HOUR_S * fps) / fps)


CASES: tuple[Callable[[Path], Case], ...] = (
    lambda folder: constant(folder, "23.976", Fraction(24000, 1001)),
    lambda folder: constant(folder, "25", Fraction(25)),
    lambda folder: constant(folder, "29.97", Fraction(30000, 1001)),
    lambda folder: constant(folder, "29.97", Fraction(30000, 1001), ".mkv"),
    lambda folder: constant(folder, "59.94", Fraction(60000, 1001), ".ts", 12.0),
    variable,
    lambda folder: variable(folder, ".mkv"),
    edit_list,
    lambda folder: rotated(folder, 90),
    lambda folder: rotated(folder, 180),
)


def windows_of(case: Case) -> list[Window]:
    """Overlapping ten-second windows from the start to beyond the end."""
    return [Window(float(start), 10.0) for start in np.arange(0.0, case.times_s[-1] + 1, 5.0)]


def hour_windows() -> list[Window]:
    """Windows at the start, off every grid, and at the end."""
    return [Window(0.0, 10.0), Window(1234.567, 10.0), Window(2999.9, 10.0), Window(3590.0, 10.0)]


def main(long: bool) -> None:
    """Prints the table; `long` adds every window of the hour."""
    print("| video | samples | largest error, frames |\n|---|---|---|")
    with TemporaryDirectory() as folder:
        table = [(case, windows_of(case)) for case in (make(Path(folder)) for make in CASES)]
        hour_case = hour(Path(folder))
        table.append((hour_case._replace(name=f"{hour_case.name}, four windows"), hour_windows()))
        if long:
            whole = [Window(float(start), 10.0) for start in range(0, HOUR_S, 10)]
            table.append((hour_case._replace(name=f"{hour_case.name}, all of it"), whole))
        for case, windows in table:
            worst, count = sampling_error(case, windows)
            print(f"| {case.name} | {count:,} | {worst} |", flush=True)


if __name__ == "__main__":
    main("--long" in sys.argv)
