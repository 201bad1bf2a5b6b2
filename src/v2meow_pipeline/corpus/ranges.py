"""Valid ranges of clip properties, enforced by ingestion and by the manifest's data contract."""

from typing import Any

from v2meow_pipeline.errors import MediaError

VIDEO: dict[str, tuple[float, float]] = {
    "video_fps": (1, 1000),
    "width": (1, 16_384),
    "height": (1, 16_384),
    "audio_rate_hz": (4000, 768_000),
}
SOUND: dict[str, tuple[float, float]] = {"audio_peak": (1e-4, 8.0), "audio_lufs": (-70.0, 6.0)}
FACTS: dict[str, tuple[float, float]] = {"tempo_bpm": (20, 400), "energy": (0, 1)}
MODES = ("major", "minor")

_LABELS = {
    "video_fps": "Frame rate",
    "width": "Frame width in pixels",
    "height": "Frame height in pixels",
    "audio_rate_hz": "Audio sample rate in Hz",
    "audio_peak": "Audio peak",
    "audio_lufs": "Loudness in LUFS",
    "tempo_bpm": "Tempo in BPM",
    "energy": "Energy",
}


def check_ranges(values: dict[str, Any], ranges: dict[str, tuple[float, float]], remedy: str) -> None:
    """Raises an error for the first value that is out of range.

    Args:
        values: values by column; missing columns and None are skipped.
        ranges: minimum and maximum by column, both inclusive.
        remedy: remedy for the error message.

    Raises:
        MediaError: with reason "out_of_range", if a value is out of range.
    """
    for column, (low, high) in ranges.items():
        value = values.get(column)
        if value is not None and not low <= value <= high:
            problem = f"{_LABELS[column]} is {value:g}; it must be {low:g} to {high:g}."
            raise MediaError("out_of_range", problem, remedy)
