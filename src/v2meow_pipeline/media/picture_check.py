"""Verification of a written video against its source."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.containers import ENCODE_HINT
from v2meow_pipeline.media.probe import VideoInfo, probe
from v2meow_pipeline.media.scan import StreamScan, scan
from v2meow_pipeline.media.source import display_name


def check_picture(info: VideoInfo, source: StreamScan, written: Path, tolerance_s: float) -> StreamScan:
    """Verifies the video stream of a written file against the source's.

    Args:
        info: properties of the source.
        source: scan of the video stream of the source.
        written: written file.
        tolerance_s: maximum difference of durations and of frame times, seconds.

    Returns:
        Scan of the written video stream.

    Raises:
        MediaError: reason "mux_mismatch", if number, times or rotation of the frames differ.
    """
    copy, rotation_deg = scan(written, "video"), probe(written).rotation_deg
    longer_s, shifted_s = copy.duration_s - source.duration_s, _largest_shift_s(source, copy)
    mismatches = {
        f"{copy.packets} frames instead of {source.packets}": copy.packets != source.packets,
        f"video of {copy.duration_s:.3f} s instead of {source.duration_s:.3f} s": abs(longer_s) > tolerance_s,
        f"frames shifted by up to {shifted_s:.3f} s": shifted_s > tolerance_s,
        f"rotation {rotation_deg} instead of {info.rotation_deg}": rotation_deg != info.rotation_deg,
    }
    require_no_mismatch(info, mismatches)
    return copy


def require_no_mismatch(info: VideoInfo, mismatches: Mapping[str, bool]) -> None:
    """Raises MediaError with reason "mux_mismatch" if a mismatch is true.

    Args:
        info: properties of the source.
        mismatches: whether a difference exists, by its description.
    """
    found = [text for text, is_wrong in mismatches.items() if is_wrong]
    if found:
        problem = f"The muxed copy of {display_name(info.path)} differs from the source: {'; '.join(found)}."
        raise MediaError("mux_mismatch", problem, f"Encode the video: {ENCODE_HINT}.")


def _largest_shift_s(source: StreamScan, copy: StreamScan) -> float:
    """Largest difference between the times of a frame in source and copy, relative to the first frame, seconds.

    It is 0 if their numbers differ, since the frames cannot be matched.
    """
    if len(source.presented_s) != len(copy.presented_s):
        return 0.0
    shifts_s = np.subtract(copy.presented_s, source.presented_s) - (copy.first_s - source.first_s)
    return float(np.abs(shifts_s).max())
