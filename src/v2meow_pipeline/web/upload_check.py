"""Check of an uploaded video, which runs in a process with limits."""

from pathlib import Path

from v2meow_pipeline.media.probe import VideoInfo, probe
from v2meow_pipeline.media.repair_timestamps import with_continuous_timestamps


def probe_upload(path: Path) -> VideoInfo:
    """Properties of a video as `generate` uses it: timestamps that jump are repaired first, so they add no duration.

    Args:
        path: the upload.

    Returns:
        Its properties.

    Raises:
        MediaError: if it cannot be used.
    """
    with with_continuous_timestamps(path) as repaired:
        return probe(repaired)
