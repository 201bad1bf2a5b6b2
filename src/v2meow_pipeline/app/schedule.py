"""`v2meow retrain`: one retraining round now, or rounds on a cron schedule."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.retraining.notify import Ending, NotifyConfig, notify

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

PIPELINE = "retrain"
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
FIELDS = ("minute", "hour", "day of the month", "month", "day of the week")


def retrain(project: Path, env: str) -> None:
    """Runs one retraining round in this process; a lock excludes concurrent rounds, and a killed round can be resumed.

    Args:
        project: root directory of the project.
        env: configuration environment.
    """
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(project)
    with KedroSession.create(project_path=project, env=env) as session:
        assert isinstance(session, KedroSession)
        session.run(pipeline_names=[PIPELINE])


def retrain_on_schedule(project: Path, env: str, cron: str) -> None:
    """Runs retraining rounds on a cron schedule, each in a subprocess, until SIGTERM or Ctrl-C.

    A scheduled time is skipped while the previous round is still running. After the machine was suspended, one round
    is run for all missed times.

    Args:
        project: root directory of the project.
        env: configuration environment.
        cron: minute, hour, day of the month, month, day of the week; in the machine's time zone.
    """
    from apscheduler.schedulers.blocking import BlockingScheduler

    trigger = cron_trigger(cron)
    child = _Child([str(Path(sys.executable).parent / "v2meow"), "retrain", "--env", env], project, env)
    scheduler = BlockingScheduler()
    scheduler.add_job(child.run, trigger, max_instances=1, coalesce=True, misfire_grace_time=None)
    print(f"Next retraining round: {_next_date(trigger)}", flush=True)
    with _clean_exit_on_signals():
        try:
            scheduler.start()
        finally:
            child.stop()


def cron_trigger(cron: str) -> "CronTrigger":
    """APScheduler trigger of a cron expression, with cron's meaning of weekdays.

    APScheduler numbers weekdays from Monday and cron from Sunday, so weekdays are passed by name.

    Args:
        cron: five fields of numbers, names, `*`, ranges, lists and steps.

    Returns:
        Trigger in the machine's time zone.

    Raises:
        ConfigError: when the expression is invalid, never matches a date, or restricts both the day of the month and
            the day of the week, which cron combines with "or" and APScheduler with "and".
    """
    from apscheduler.triggers.cron import CronTrigger

    fields = cron.split()
    if len(fields) != len(FIELDS):
        raise ConfigError(f"The cron expression {cron!r} has {len(fields)} fields.", f"Give five: {', '.join(FIELDS)}.")
    minute, hour, day, month, weekday = (field.lower() for field in fields)
    if day != "*" and weekday != "*":
        raise ConfigError(
            f"The cron expression {cron!r} restricts both the day of the month and the day of the week.",
            "Restrict only one of them.",
        )
    try:
        trigger = CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday))
    except ValueError as error:
        raise ConfigError(f"{cron!r} is not a cron expression: {error}.", 'Write for instance "0 3 * * 1".') from error
    if _next_date(trigger) is None:
        raise ConfigError(f"The cron expression {cron!r} never matches a date.", "Check the day of the month.")
    return trigger


def _next_date(trigger: "CronTrigger") -> datetime | None:
    date: datetime | None = trigger.get_next_fire_time(None, datetime.now(trigger.timezone))
    return date


def _weekdays(field: str) -> str:
    if field == "*":
        return field
    days = {WEEKDAYS[number % 7] for part in field.split(",") for number in _numbers(part)}
    return ",".join(day for day in WEEKDAYS if day in days)


def _numbers(part: str) -> range:
    """Weekdays (0 to 7, Sunday is 0 and 7) of one element of a list: a day, a range or `*`, with optional step."""
    span, _, step = part.partition("/")
    low, _, high = ("0", "", "6") if span == "*" else span.partition("-")
    first, last = _number(low), _number(high or ("6" if step else low))
    if first > last or last > 7:
        raise ValueError(f"{part} is not a day of the week")
    return range(first, last + 1, int(step or 1))


def _number(day: str) -> int:
    return WEEKDAYS.index(day) if day in WEEKDAYS else int(day)


class _Child:
    """A retraining round in a subprocess, so that a crash or an out-of-memory kill does not end the schedule."""

    def __init__(self, command: list[str], project: Path, env: str) -> None:
        self._command, self._project, self._env = command, project, env
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self) -> None:
        """Runs the round to its end; notifies if it was killed, since a killed round cannot notify."""
        started = time.monotonic()
        self._process = subprocess.Popen(self._command, cwd=self._project)
        code = self._process.wait()
        if code < 0 and not self._stopped:
            error = f"The round was killed by signal {-code}; the next round resumes it."
            ending = Ending(PIPELINE, self._env, time.monotonic() - started, error, {})
            notify(NotifyConfig.parse(load_config(self._project, self._env, "notify")), ending)
        print(f"Retraining round ended with exit code {code}.", flush=True)

    def stop(self) -> None:
        """Terminates a running round and waits for it."""
        self._stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


@contextmanager
def _clean_exit_on_signals() -> Iterator[None]:
    """Context manager in which SIGTERM (systemd, Docker) and Ctrl-C exit cleanly."""
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    except KeyboardInterrupt:
        print("Schedule stopped.")
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
