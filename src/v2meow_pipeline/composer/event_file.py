"""Reads event curves from a CSV file, to replace those computed from the video."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.encoders.event_curves import event_curve
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.models.stages import EVENTS

COLUMNS = ("time_s", "accent", "energy")
REMEDY = "Write a CSV with the columns time_s, accent (1 for an event) and energy (any numbers), such as 0.5,1,0.2."


class EventTrack(NamedTuple):
    """Events and energy over a whole video.

    Attributes:
        times_s: times of the accents, seconds, ascending.
        energy_s: times of the energy values, seconds, ascending; empty without energy.
        energy: energy values in any unit, as many as `energy_s`.
    """

    times_s: np.ndarray
    energy_s: np.ndarray
    energy: np.ndarray

    def curve(self, start_s: float, clock: Clock) -> Float[np.ndarray, "t channel"]:
        """Event curve of one window.

        Args:
            start_s: start of the window, seconds.
            clock: event rate and duration of a window.

        Returns:
            float32 [t_event, 2] (encoders/event_curves.py); the energy is 0 throughout if the file has none.
        """
        at_s = start_s + np.arange(clock.t_event) / clock.event_hz
        level = np.interp(at_s, self.energy_s, self.energy) if len(self.energy_s) else np.zeros(clock.t_event)
        return event_curve(self.times_s - start_s, level, clock, clock.clip_s)


def read_events(path: Path) -> EventTrack:
    """Reads an event file.

    Args:
        path: CSV file with a header that has `time_s` and one or both of `accent` and `energy`; rows in any order. An
            accent of 0.5 or more is an event; empty cells are ignored.

    Returns:
        Events and energy of the whole video.

    Raises:
        V2MeowError: when the file cannot be read, or a value is not a number; names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise V2MeowError(f"The events in {path} cannot be read: {error}.", REMEDY) from error
    if not rows or "time_s" not in rows[0] or not {"accent", "energy"} & set(rows[0]):
        raise V2MeowError(f"{path} has no rows with time_s and accent or energy.", REMEDY)
    values = [
        {name: _number(row.get(name), f"line {line} of {path}") for name in COLUMNS} for line, row in enumerate(rows, 2)
    ]
    if any(math.isnan(row["time_s"]) for row in values):
        raise V2MeowError(f"A row of {path} has no time_s.", REMEDY)
    values.sort(key=lambda row: row["time_s"])
    energy = [row for row in values if not math.isnan(row["energy"])]
    return EventTrack(
        np.array([row["time_s"] for row in values if row["accent"] >= 0.5]),
        np.array([row["time_s"] for row in energy]),
        np.array([row["energy"] for row in energy]),
    )


def replace_events(
    seen: Sequence[Mapping[str, np.ndarray]], windows: Sequence[ClipWindow], track: EventTrack, clock: Clock
) -> list[Mapping[str, np.ndarray]]:
    """Replaces the event curves among the features of a video.

    Args:
        seen: per window, each feature as [1, t, width].
        windows: windows of the video.
        track: events and energy to follow.
        clock: event rate and duration of a window.

    Returns:
        Features of each window.
    """
    return [
        {**features, EVENTS: track.curve(window.start_s, clock)[None]}
        for features, window in zip(seen, windows, strict=True)
    ]


def _number(text: object, where: str) -> float:
    """Value of a cell; NaN for an empty one."""
    if not isinstance(text, str) or not text.strip():
        return math.nan
    try:
        value = float(text)
    except ValueError as error:
        raise V2MeowError(f"{text!r} in {where} is not a number.", REMEDY) from error
    if not math.isfinite(value):
        raise V2MeowError(f"{text!r} in {where} is not a finite number.", REMEDY)
    return value
