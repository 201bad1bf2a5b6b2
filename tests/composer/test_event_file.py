"""Event curves from a CSV file."""

from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.event_file import read_events
from v2meow_pipeline.encoders.event_curves import event_times
from v2meow_pipeline.errors import V2MeowError

CLOCK = Clock()


def written(folder: Path, text: str) -> Path:
    path = folder / "events.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_events_and_energy_arrive_where_they_were_drawn(tmp_path: Path) -> None:
    """Rows in any order, a byte-order mark, and empty cells are what spreadsheets write."""
    text = "\ufefftime_s,accent,energy\n12.0,1,\n2.0,1,\n0,,0.0\n20,,5.0\n3.0,0,\n"
    track = read_events(written(tmp_path, text))
    first, second = track.curve(0.0, CLOCK), track.curve(10.0, CLOCK)
    assert event_times(first, CLOCK).tolist() == [2.0] and event_times(second, CLOCK).tolist() == [2.0]
    assert np.all(np.diff(first[:, 1]) > 0), "energy rises through the window"


def test_accents_alone_leave_energy_flat(tmp_path: Path) -> None:
    curve = read_events(written(tmp_path, "time_s,accent\n1.5,1\n")).curve(0.0, CLOCK)
    assert not curve[:, 1].any() and event_times(curve, CLOCK).tolist() == [1.52]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no rows"),
        ("time_s,accent\n", "no rows"),
        ("when,accent\n1,1\n", "no rows"),
        ("time_s\n1\n", "no rows"),
        ("time_s,accent\n1,loud\n", "line 2"),
        ("time_s,accent\n1,1\nnan,1\n", "line 3"),
        ("time_s,energy\n,1\n", "no time_s"),
        ("time_s,energy\n1,inf\n", "finite"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(V2MeowError, match=fault):
        read_events(written(tmp_path, text))


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00time")
    for name in ("none.csv", "binary.csv"):
        with pytest.raises(V2MeowError, match="cannot be read"):
            read_events(tmp_path / name)
