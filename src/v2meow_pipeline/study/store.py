"""Database of a study: raters, their plans, and everything that they answered, in one SQLite file."""

import json
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.study.plan import Plan
from v2meow_pipeline.study.rater import CheckRow, Rater, VoteRow
from v2meow_pipeline.web.errors import CONFLICT, NOT_FOUND, UNAVAILABLE, RequestError
from v2meow_pipeline.web.sqlite_file import SqliteFile

Row = TypeVar("Row", VoteRow, CheckRow)

VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS raters (
    id TEXT PRIMARY KEY, number INTEGER UNIQUE NOT NULL, participant TEXT UNIQUE, browser TEXT NOT NULL,
    plan TEXT NOT NULL, created_s REAL NOT NULL, headphones_passed INTEGER, finished_s REAL,
    comment TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS headphones (
    rater TEXT NOT NULL REFERENCES raters (id) ON DELETE CASCADE, attempt INTEGER NOT NULL, answers TEXT NOT NULL,
    correct INTEGER NOT NULL, created_s REAL NOT NULL, PRIMARY KEY (rater, attempt)
);
CREATE TABLE IF NOT EXISTS votes (
    rater TEXT NOT NULL REFERENCES raters (id) ON DELETE CASCADE, trial INTEGER NOT NULL, pair TEXT NOT NULL,
    clip TEXT NOT NULL, first_system TEXT NOT NULL, second_system TEXT NOT NULL, relevance INTEGER NOT NULL,
    preference INTEGER NOT NULL, neither_fits INTEGER NOT NULL, both_sound_bad INTEGER NOT NULL,
    heard_first_s REAL NOT NULL, heard_second_s REAL NOT NULL, seconds REAL NOT NULL, created_s REAL NOT NULL,
    PRIMARY KEY (rater, trial), UNIQUE (rater, pair)
);
CREATE TABLE IF NOT EXISTS checks (
    rater TEXT NOT NULL REFERENCES raters (id) ON DELETE CASCADE, trial INTEGER NOT NULL, answer INTEGER NOT NULL,
    correct INTEGER NOT NULL, created_s REAL NOT NULL, PRIMARY KEY (rater, trial)
);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class StudyStore(SqliteFile):
    """Raters and answers in a SQLite file. Each method is one transaction, so threads need no further lock."""

    def __init__(self, path: Path) -> None:
        """Opens the database, or creates it.

        Args:
            path: SQLite file, in an existing folder.

        Raises:
            StaleError: when the file was written by another version of the program.
        """
        error = StaleError(f"{path} has votes of another version of v2meow.", "Use the version that wrote it.")
        super().__init__(path, _SCHEMA, VERSION, error)

    def next_number(self, max_raters: int) -> int:
        """Reserves the number of a new rater.

        Args:
            max_raters: maximum number of raters who have not withdrawn.

        Returns:
            The number, from 0; never given twice, also after a withdrawal.

        Raises:
            RequestError: status 503 when the study has all its raters.
        """
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            (count,) = connection.execute("SELECT COUNT(*) FROM raters").fetchone()
            if count >= max_raters:
                raise RequestError(UNAVAILABLE, "This study has all the raters that it needs.", "Thank you.")
            row = connection.execute(
                "INSERT INTO counters VALUES ('raters', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 "
                "RETURNING value"
            ).fetchone()
            return int(row["value"]) - 1

    def add_rater(self, rater: Rater) -> None:
        """Adds a rater.

        Args:
            rater: the rater.

        Raises:
            RequestError: status 409 when the participant has registered already.
        """
        values = (rater.id, rater.number, rater.participant, json.dumps(rater.browser), rater.plan.model_dump_json())
        columns = "id, number, participant, browser, plan, created_s, headphones_passed"
        try:
            with self._connection() as connection:
                connection.execute(
                    f"INSERT INTO raters ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (*values, rater.created_s, rater.headphones_passed),
                )
        except sqlite3.IntegrityError as error:
            problem = "This participant has started already."
            raise RequestError(CONFLICT, problem, "Continue in the browser in which you started.") from error

    def get(self, rater_id: str) -> Rater:
        """Reads a rater with the trials that are done.

        Args:
            rater_id: identifier of the rater.

        Returns:
            The rater.

        Raises:
            RequestError: status 404 when there is no such rater.
        """
        with self._connection() as connection:
            row = connection.execute("SELECT * FROM raters WHERE id = ?", (rater_id,)).fetchone()
            if row is None:
                raise RequestError(NOT_FOUND, "There is no such rater.", "Start again.")
            return _rater(connection, row)

    def raters(self) -> list[Rater]:
        """All raters, by number."""
        with self._connection() as connection:
            rows = connection.execute("SELECT * FROM raters ORDER BY number").fetchall()
            return [_rater(connection, row) for row in rows]

    def add_headphones(self, rater_id: str, attempt: int, answers: tuple[int, ...], correct: int, passed: bool) -> None:
        """Records an attempt at the headphone check.

        Args:
            rater_id: identifier of the rater.
            attempt: number of the attempt, from 0.
            answers: answers, 0 to 2.
            correct: number of correct answers.
            passed: whether the check is passed.

        Raises:
            RequestError: status 409 when this attempt was recorded already.
        """
        values = {"attempt": attempt, "answers": json.dumps(answers), "correct": correct}
        self._insert("headphones", rater_id, values)
        with self._connection() as connection:
            connection.execute("UPDATE raters SET headphones_passed = ? WHERE id = ?", (passed, rater_id))

    def add_vote(self, rater_id: str, vote: VoteRow) -> None:
        """Records a vote; RequestError with status 409 when the rater has voted on this pair already."""
        self._insert("votes", rater_id, vote.model_dump(exclude={"created_s"}))

    def add_check(self, rater_id: str, check: CheckRow) -> None:
        """Records the answer to an attention check; RequestError with status 409 when there is one already."""
        self._insert("checks", rater_id, check.model_dump(exclude={"created_s"}))

    def finish(self, rater_id: str, comment: str) -> None:
        """Records the end of a rater's session; the first call counts."""
        with self._connection() as connection:
            connection.execute(
                "UPDATE raters SET finished_s = ?, comment = ? WHERE id = ? AND finished_s IS NULL",
                (time.time(), comment, rater_id),
            )

    def withdraw(self, rater_id: str) -> None:
        """Deletes a rater and all their answers."""
        with self._connection() as connection:
            connection.execute("DELETE FROM raters WHERE id = ?", (rater_id,))

    def votes(self) -> list[tuple[str, VoteRow]]:
        """All votes with the identifier of their rater, in the order of the raters and trials."""
        query = "SELECT votes.* FROM votes JOIN raters ON raters.id = votes.rater ORDER BY raters.number, votes.trial"
        with self._connection() as connection:
            return [(row["rater"], _row(VoteRow, row)) for row in connection.execute(query)]

    def checks(self) -> list[tuple[str, CheckRow]]:
        """All answers to attention checks with the identifier of their rater."""
        with self._connection() as connection:
            return [(row["rater"], _row(CheckRow, row)) for row in connection.execute("SELECT * FROM checks")]

    def _insert(self, table: str, rater_id: str, values: Mapping[str, Any]) -> None:
        row = {"rater": rater_id, **values, "created_s": time.time()}
        places = ", ".join("?" * len(row))
        try:
            with self._connection() as connection:
                connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values()))
        except sqlite3.IntegrityError as error:
            raise RequestError(CONFLICT, "This answer was recorded already.", "Continue with the next one.") from error


def _rater(connection: sqlite3.Connection, row: sqlite3.Row) -> Rater:
    done = "SELECT trial FROM votes WHERE rater = ? UNION SELECT trial FROM checks WHERE rater = ?"
    (attempts,) = connection.execute("SELECT COUNT(*) FROM headphones WHERE rater = ?", (row["id"],)).fetchone()
    passed = row["headphones_passed"]
    return Rater(
        id=row["id"],
        number=row["number"],
        participant=row["participant"],
        browser=json.loads(row["browser"]),
        plan=Plan.model_validate_json(row["plan"]),
        created_s=row["created_s"],
        headphones_passed=None if passed is None else bool(passed),
        headphone_attempts=attempts,
        finished_s=row["finished_s"],
        comment=row["comment"],
        done=frozenset(each["trial"] for each in connection.execute(done, (row["id"], row["id"]))),
    )


def _row(kind: type[Row], row: sqlite3.Row) -> Row:
    return kind.model_validate({name: row[name] for name in kind.model_fields})
