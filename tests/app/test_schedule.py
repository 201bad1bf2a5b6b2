"""When rounds of retraining run, and what becomes of them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.project import ROOT, make_project, run, start

from v2meow_pipeline.app.schedule import WEEKDAYS, cron_trigger
from v2meow_pipeline.errors import ConfigError


def _dates(cron: str, count: int = 4) -> list[datetime]:
    trigger = cron_trigger(cron)
    now = datetime(2026, 11, 25, 12, tzinfo=trigger.timezone)
    found: list[datetime] = []
    while len(found) < count:
        found.append(trigger.get_next_fire_time(found[-1] if found else None, now))
        now = found[-1] + timedelta(seconds=1)
    return found


@given(st.integers(0, 7), st.booleans())
def test_days_of_the_week_are_cron_s(number: int, by_name: bool) -> None:
    """Catches APScheduler's count from Monday: "0 3 * * 1" would run on Tuesdays."""
    day = WEEKDAYS[number % 7] if by_name else str(number)
    for date in _dates(f"0 3 * * {day}"):
        assert date.isoweekday() % 7 == number % 7
        assert (date.hour, date.minute) == (3, 0)


@pytest.mark.parametrize(
    ("field", "days"),
    [("1-5", "12345"), ("0,6", "06"), ("5-7", "560"), ("*/2", "0246"), ("mon-wed,sat", "1236"), ("1-7/3", "140")],
)
def test_ranges_lists_and_steps(field: str, days: str) -> None:
    """Catches a range over the end of the week, and steps that start on another day than cron's."""
    assert {date.isoweekday() % 7 for date in _dates(f"0 0 * * {field}", 14)} == set(map(int, days))


@pytest.mark.parametrize(
    "cron",
    [
        *("", "0 3 * *", "0 3 * * 8", "61 3 * * 1", "0 3 1 * 1", "0 3 * * 5-2", "@weekly", "a b c d e", "0 3 * * */0"),
        *("0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *"),
    ],
)
def test_what_is_no_schedule_is_refused(cron: str) -> None:
    """Catches a typing mistake that is found out when nothing was retrained for a month."""
    with pytest.raises(ConfigError):
        cron_trigger(cron)


def test_the_command_says_what_is_wrong_with_a_schedule(tmp_path: Path) -> None:
    """Catches a traceback for a typing mistake."""
    told = run(tmp_path, "v2meow", "retrain", "--cron", "0 3 * *", code=2)
    assert "4 fields" in told and "Traceback" not in told


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_the_systemd_units_are_valid(tmp_path: Path) -> None:
    """Catches a unit that systemd refuses, and a timer that is not Mondays at three."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/v2meow").write_text("#!/bin/sh\n")
    (tmp_path / ".venv/bin/v2meow").chmod(0o755)
    names = ("v2meow-retrain.service", "v2meow-retrain.timer")
    for name in names:
        (tmp_path / name).write_text((ROOT / "schedule" / name).read_text().replace("/srv/v2meow", str(tmp_path)))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert "OnCalendar=Mon *-*-* 03:00:00" in (tmp_path / names[1]).read_text()


@pytest.mark.slow
def test_a_killed_round_is_told_and_the_schedule_goes_on(tmp_path: Path) -> None:
    """Catches a schedule that ends with a round, a kill that nobody hears of, and rounds that outlive the schedule."""
    project, told = make_project(tmp_path / "project"), tmp_path / "told"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    command = f"'{sys.executable}' -c '{code}' '{told}'"
    (project / "conf/local/notify.yml").write_text(json.dumps({"command": command}))
    process = start(project, "v2meow", "retrain", "--cron", "* * * * *")
    try:
        child = _child(process.pid)
        os.kill(child, signal.SIGKILL)
        _wait_for(told.is_file)
        assert "killed by signal 9" in json.loads(told.read_text())["text"]
        child = _child(process.pid, other_than=child)
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        assert not Path(f"/proc/{child}").exists()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def _child(parent: int, other_than: int | None = None) -> int:
    """The process of the round that runs now; they start on full minutes."""
    found: list[int] = []

    def seen() -> bool:
        text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        # The round is started by a thread of the scheduler.
        for task in Path(f"/proc/{parent}/task").iterdir():
            text += " " + (task / "children").read_text()
        found[:] = [int(pid) for pid in text.split() if int(pid) != other_than]
        return bool(found)

    _wait_for(seen)
    return found[0]


def _wait_for(reached: object, seconds: float = 130) -> None:
    assert callable(reached)
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)
