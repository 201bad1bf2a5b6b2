"""`v2meow retrain`: one round now, or one whenever a cron expression says so."""

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
    """Runs one round of retraining in this process; it is locked against another, and can be killed and run again.

    Args:
        project: root of the project.
        env: environment of the configuration.
    """
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(project)
    with KedroSession.create(project_path=project, env=env) as session:
        assert isinstance(session, KedroSession)
        session.run(pipeline_names=[PIPELINE])


def retrain_on_schedule(project: Path, env: str, cron: str) -> None:
    """Runs a round, in a process of its own, whenever `cron` says so, until this process is told to end.

    A round that takes longer than to the next date lets that date pass. After a sleep of the machine, one round is run
    for all dates that were missed.

    Args:
        project: root of the project.
        env: environment of the configuration.
        cron: minute, hour, day of the month, month, day of the week; in the machine's time zone.
    """
    from apscheduler.schedulers.blocking import BlockingScheduler

    trigger = cron_trigger(cron)
    child = _Child([str(Path(sys.executable).parent / "v2meow"), "retrain", "--env", env], project, env)
    scheduler = BlockingScheduler()
    scheduler.add_job(child.run, trigger, max_instances=1, coalesce=True, misfire_grace_time=None)
    print(f"Next round of retraining: {_next_date(trigger)}", flush=True)
    with _ended_by_signals():
        try:
            scheduler.start()
        finally:
            child.stop()


def cron_trigger(cron: str) -> "CronTrigger":
    """The dates that a cron expression stands for, as cron itself reads it.

    APScheduler counts days of the week from Monday, and cron from Sunday, so they are handed over by name.

    Args:
        cron: five fields; numbers, names, `*`, ranges, lists and steps.

    Returns:
        The trigger, in the machine's time zone.

    Raises:
        ConfigError: when it is not a cron expression, one for a date that never comes, or one that restricts both the
            day of the month and that of the week: cron would take either, APScheduler both.
    """
    from apscheduler.triggers.cron import CronTrigger

    fields = cron.split()
    if len(fields) != len(FIELDS):
        raise ConfigError(f"{cron!r} has {len(fields)} fields.", f"Give five: {', '.join(FIELDS)}.")
    minute, hour, day, month, weekday = (field.lower() for field in fields)
    if day != "*" and weekday != "*":
        raise ConfigError(f"{cron!r} restricts the day of the month and of the week.", "Restrict one of the two.")
    try:
        trigger = CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday))
    except ValueError as error:
        raise ConfigError(f"{cron!r} is not a cron expression: {error}.", 'Write for instance "0 3 * * 1".') from error
    if _next_date(trigger) is None:
        raise ConfigError(f"There is no such date as {cron!r}.", "Check the day of the month.")
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
    """The days, 0 to 7 for Sunday to Sunday, of one part of a list: a day, a range or `*`, with or without a step."""
    span, _, step = part.partition("/")
    low, _, high = ("0", "", "6") if span == "*" else span.partition("-")
    first, last = _number(low), _number(high or ("6" if step else low))
    if first > last or last > 7:
        raise ValueError(f"no day of the week is {part}")
    return range(first, last + 1, int(step or 1))


def _number(day: str) -> int:
    return WEEKDAYS.index(day) if day in WEEKDAYS else int(day)


class _Child:
    """A round in a process of its own: a crash or a lack of memory ends the round and not the schedule."""

    def __init__(self, words: list[str], project: Path, env: str) -> None:
        self._words, self._project, self._env = words, project, env
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self) -> None:
        """Runs the round to its end; a round that was killed could not tell so itself."""
        started = time.monotonic()
        self._process = subprocess.Popen(self._words, cwd=self._project)
        code = self._process.wait()
        if code < 0 and not self._stopped:
            error = f"It was killed by signal {-code}; the next round goes on where it was."
            ending = Ending(PIPELINE, self._env, time.monotonic() - started, error, {})
            notify(NotifyConfig.parse(load_config(self._project, self._env, "notify")), ending)
        print(f"The round of retraining ended with code {code}.", flush=True)

    def stop(self) -> None:
        """Ends a round that is running."""
        self._stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Within the block, SIGTERM (systemd, Docker) and Ctrl-C end the process in order."""
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    except KeyboardInterrupt:
        print("No more rounds.")
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
