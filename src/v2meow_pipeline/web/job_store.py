"""Job database: one SQLite file, used by all threads of the server."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.web.errors import NOT_FOUND, TOO_MANY, UNAVAILABLE, RequestError
from v2meow_pipeline.web.job import Continuation, Job, JobResult, JobSettings, Redo, Stage, Status
from v2meow_pipeline.web.sqlite_file import SqliteFile

VERSION = 4
HOUR_S = 3600.0
# A job that is running when the server stops is started again; one that stops the server each time is not.
MAX_STARTS = 3
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, model TEXT NOT NULL, status TEXT NOT NULL,
    client TEXT NOT NULL, file_name TEXT NOT NULL, settings TEXT NOT NULL,
    has_events INTEGER NOT NULL, has_reference INTEGER NOT NULL, redo TEXT, continues TEXT, webhook TEXT,
    created_s REAL NOT NULL, started_s REAL, finished_s REAL, cancel_requested INTEGER NOT NULL DEFAULT 0,
    stages TEXT NOT NULL DEFAULT '[]', error TEXT, result TEXT, starts INTEGER NOT NULL DEFAULT 0,
    calls INTEGER NOT NULL DEFAULT 0, called INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, model, number);
CREATE TABLE IF NOT EXISTS submissions (client TEXT NOT NULL, at_s REAL NOT NULL);
"""


class JobStore(SqliteFile):
    """Jobs in a SQLite file. Each method is one transaction, so threads need no further lock."""

    def __init__(self, path: Path) -> None:
        """Opens the database, or creates it.

        Args:
            path: SQLite file, in an existing folder.

        Raises:
            StaleError: when the file was written by another version of the program; V2MeowError when it is damaged.
        """
        error = StaleError(f"{path} has jobs of another version of v2meow.", "Choose another data folder.")
        super().__init__(path, _SCHEMA, VERSION, error)

    def check_capacity(self, client: str, max_queued: int, jobs_per_hour: int) -> None:
        """Checks whether a job of this client would be accepted now.

        Args:
            client: network address of the client.
            max_queued: maximum number of queued and running jobs.
            jobs_per_hour: maximum number of jobs of one client per hour.

        Raises:
            RequestError: status 503 when the queue is full, 429 when the client has submitted too many jobs.
        """
        with self._connection() as connection:
            _check_capacity(connection, client, max_queued, jobs_per_hour)

    def add(self, job: Job, max_queued: int, jobs_per_hour: int) -> None:
        """Adds a queued job; the arguments and errors are those of `check_capacity`."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            _check_capacity(connection, job.client, max_queued, jobs_per_hour)
            plain = (
                "id",
                "model",
                "status",
                "client",
                "file_name",
                "has_events",
                "has_reference",
                "webhook",
                "created_s",
            )
            values = {name: getattr(job, name) for name in plain}
            values["settings"] = job.settings.model_dump_json()
            for name, wanted in (("redo", job.redo), ("continues", job.continues)):
                values[name] = None if wanted is None else wanted.model_dump_json()
            marks = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO jobs ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
            connection.execute("DELETE FROM submissions WHERE at_s < ?", (job.created_s - HOUR_S,))
            connection.execute("INSERT INTO submissions VALUES (?, ?)", (job.client, job.created_s))

    def get(self, job_id: str) -> Job:
        """Reads a job.

        Args:
            job_id: identifier of the job.

        Returns:
            The job.

        Raises:
            RequestError: status 404 when there is no such job.
        """
        with self._connection() as connection:
            row = connection.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if row is None:
            raise RequestError(NOT_FOUND, "There is no such job.", "It may have been deleted; submit it again.")
        return _job(row)

    def ids(self) -> set[str]:
        """Identifiers of all jobs."""
        with self._connection() as connection:
            return {row["id"] for row in connection.execute("SELECT id FROM jobs")}

    def position(self, job_id: str) -> int:
        """Number of jobs of the same models that are queued or running before a job."""
        ahead = (
            "SELECT COUNT(*) FROM jobs a JOIN jobs b ON a.model = b.model AND a.number < b.number "
            "WHERE b.id = ? AND a.status IN ('queued', 'running')"
        )
        with self._connection() as connection:
            return int(connection.execute(ahead, (job_id,)).fetchone()[0])

    def claim(self, model: str) -> Job | None:
        """Sets the oldest queued job of the given models to running; None if there is none."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(
                "SELECT * FROM jobs WHERE status = 'queued' AND model = ? ORDER BY number LIMIT 1", (model,)
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE jobs SET status = 'running', started_s = ?, starts = starts + 1 WHERE id = ?",
                (time.time(), row["id"]),
            )
        return self.get(row["id"])

    def set_stages(self, job_id: str, stages: Sequence[Stage]) -> None:
        """Records the progress of a job."""
        with self._connection() as connection:
            connection.execute("UPDATE jobs SET stages = ? WHERE id = ?", (_stages_json(stages), job_id))

    def finish(self, job_id: str, status: Status, result: JobResult | None = None, error: str | None = None) -> None:
        """Records the end of a running job."""
        text = None if result is None else result.model_dump_json()
        with self._connection() as connection:
            connection.execute(
                "UPDATE jobs SET status = ?, finished_s = ?, result = ?, error = ? WHERE id = ? AND status = 'running'",
                (status, time.time(), text, error, job_id),
            )

    def request_cancel(self, job_id: str) -> None:
        """Cancels a queued job at once, and marks a running one for cancellation."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "UPDATE jobs SET status = 'cancelled', finished_s = ? WHERE id = ? AND status = 'queued'",
                (time.time(), job_id),
            )
            connection.execute("UPDATE jobs SET cancel_requested = 1 WHERE id = ? AND status = 'running'", (job_id,))

    def is_cancel_requested(self, job_id: str) -> bool:
        """Whether a running job is to be cancelled."""
        return self.get(job_id).cancel_requested

    def requeue_running(self) -> None:
        """After a restart: queues running jobs again, unless they were to be cancelled, or were started too often."""
        with self._connection() as connection:
            now = time.time()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "UPDATE jobs SET status = 'cancelled', finished_s = ? WHERE status = 'running' AND cancel_requested",
                (now,),
            )
            connection.execute(
                "UPDATE jobs SET status = 'failed', finished_s = ?, error = ? WHERE status = 'running' AND starts >= ?",
                (now, f"The server stopped {MAX_STARTS} times while it ran this job. Try another video.", MAX_STARTS),
            )
            connection.execute("UPDATE jobs SET status = 'queued', stages = '[]' WHERE status = 'running'")

    def expired(self, before_s: float) -> list[str]:
        """Identifiers of the jobs that ended before a time, Unix seconds."""
        with self._connection() as connection:
            rows = connection.execute("SELECT id FROM jobs WHERE finished_s < ?", (before_s,)).fetchall()
        return [row["id"] for row in rows]

    def delete(self, job_id: str) -> None:
        """Deletes a job, if it exists."""
        with self._connection() as connection:
            connection.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def uncalled(self, max_calls: int) -> list[Job]:
        """Ended jobs whose webhook has not been called successfully in fewer than `max_calls` attempts."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT * FROM jobs WHERE webhook IS NOT NULL AND finished_s IS NOT NULL AND NOT called AND calls < ?",
                (max_calls,),
            ).fetchall()
        return [_job(row) for row in rows]

    def record_call(self, job_id: str, succeeded: bool) -> None:
        """Records an attempt to call a job's webhook."""
        with self._connection() as connection:
            connection.execute("UPDATE jobs SET calls = calls + 1, called = ? WHERE id = ?", (succeeded, job_id))


def _check_capacity(connection: sqlite3.Connection, client: str, max_queued: int, jobs_per_hour: int) -> None:
    (waiting,) = connection.execute("SELECT COUNT(*) FROM jobs WHERE status IN ('queued', 'running')").fetchone()
    if waiting >= max_queued:
        raise RequestError(UNAVAILABLE, f"The queue is full ({waiting} jobs).", "Try again in a few minutes.")
    recent = "SELECT COUNT(*) FROM submissions WHERE client = ? AND at_s >= ?"
    (submitted,) = connection.execute(recent, (client, time.time() - HOUR_S)).fetchone()
    if submitted >= jobs_per_hour:
        raise RequestError(TOO_MANY, f"You have submitted {submitted} jobs in an hour.", "Try again later.")


def _job(row: sqlite3.Row) -> Job:
    values: dict[str, Any] = {name: row[name] for name in row.keys() if name in Job.model_fields}  # noqa: SIM118
    values["settings"] = JobSettings.model_validate_json(row["settings"])
    parsed: dict[str, type[Config]] = {"redo": Redo, "continues": Continuation, "result": JobResult}
    for name, kind in parsed.items():
        values[name] = None if row[name] is None else kind.model_validate_json(row[name])
    values["stages"] = _stages(row["stages"])
    return Job.parse(values)


def _stages_json(stages: Sequence[Stage]) -> str:
    return f"[{','.join(stage.model_dump_json() for stage in stages)}]"


def _stages(text: str) -> tuple[Stage, ...]:
    from pydantic import TypeAdapter

    return TypeAdapter(tuple[Stage, ...]).validate_json(text)
