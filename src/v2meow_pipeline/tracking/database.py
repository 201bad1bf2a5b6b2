"""Atomic creation of a project's MLflow database.

MLflow creates its tables in place when a store is first opened. If two runs do so concurrently, or one is killed
meanwhile, the database cannot be opened again.
"""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.run_errors import one_line

NAME, ARTIFACTS, LOCK = "mlflow.db", "artifacts", ".mlflow.db.lock"
# Pattern of Alembic's temporary tables during a migration.
UNFINISHED = "_alembic_tmp_%"


def prepare_database(store: Path) -> Path:
    """Creates the database if it does not exist; a file lock serialises concurrent processes.

    Args:
        store: folder `mlruns`.

    Returns:
        Path of the database.

    Raises:
        V2MeowError: when the database is damaged and contains runs; a damaged one without runs is renamed and replaced.
    """
    import filelock

    store.mkdir(parents=True, exist_ok=True)
    database = store / NAME
    logging.getLogger("mlflow.store.db.utils").addFilter(_is_unexpected)
    with filelock.FileLock(store / LOCK):
        if database.exists() and not _is_whole(database):
            if _has_runs(database):
                raise V2MeowError(
                    f"{database} is damaged: a migration of its tables was interrupted.",
                    f"Restore a backup, or start without its runs: mv {database} {database}.damaged",
                )
            database.replace(store / f"{NAME}.{uuid4().hex[:8]}.damaged")
        if not database.exists():
            _make(database, store)
    return database


def _is_unexpected(record: logging.LogRecord) -> bool:
    """Whether a log record is not about an error whose message is one line, such as a full disk.

    MLflow logs database errors with their traceback before it raises them.
    """
    error = record.exc_info[1] if record.exc_info else None
    return error is None or one_line(error) is None


def _make(database: Path, store: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    for old in store.glob(f".{NAME}.*.partial*"):
        old.unlink()
    partial = store / f".{NAME}.{uuid4().hex[:8]}.partial"
    made = SqlAlchemyStore(f"sqlite:///{partial}", (store / ARTIFACTS).as_uri())
    made.engine.dispose()
    partial.replace(database)


def _is_whole(database: Path) -> bool:
    """Whether all tables exist, and no migration is unfinished."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            changing = connection.execute("SELECT 1 FROM sqlite_master WHERE name LIKE ?", (UNFINISHED,)).fetchall()
            return not changing and {"experiments", "runs", "alembic_version"} <= tables and bool(_version(connection))
    except sqlite3.DatabaseError:
        return False


def _version(connection: sqlite3.Connection) -> list[tuple[str]]:
    return connection.execute("SELECT version_num FROM alembic_version").fetchall()


def _has_runs(database: Path) -> bool:
    """Whether the database contains runs; assumed for an unreadable file that is not empty."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return "runs" in tables and bool(connection.execute("SELECT 1 FROM runs LIMIT 1").fetchall())
    except sqlite3.DatabaseError:
        return database.stat().st_size > 0
