"""What properties of a usable clip lie between: ingestion refuses the others, the manifest's contract checks it."""

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

_WORDS = {
    "video_fps": "frames a second",
    "width": "pixels of width",
    "height": "pixels of height",
    "audio_rate_hz": "samples of sound a second",
    "audio_peak": "as the peak of its sound",
    "audio_lufs": "LUFS",
    "tempo_bpm": "beats a minute",
    "energy": "as its energy",
}


def check_ranges(values: dict[str, Any], ranges: dict[str, tuple[float, float]], remedy: str) -> None:
    """Refuses values that the manifest may not hold.

    Args:
        values: by column; those without a value are passed over.
        ranges: lowest and highest value by column.
        remedy: what to do about it.

    Raises:
        MediaError: reason "out_of_range", naming the first such value.
    """
    for column, (low, high) in ranges.items():
        value = values.get(column)
        if value is not None and not low <= value <= high:
            problem = f"It has {value:g} {_WORDS[column]}; {low:g} to {high:g} can be used."
            raise MediaError("out_of_range", problem, remedy)
