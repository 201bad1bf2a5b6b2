"""SQLite file with a versioned schema, used by all threads of a server."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from v2meow_pipeline.errors import StaleError

WAIT_S = 30.0


class SqliteFile:
    """Base class of databases. Each call of `_connection` is one transaction, so threads need no further lock."""

    def __init__(self, path: Path, schema: str, version: int, other_version: StaleError) -> None:
        """Opens the database, or creates it.

        Args:
            path: SQLite file, in an existing folder.
            schema: SQL statements that create missing tables.
            version: version of the schema, stored in the file.
            other_version: error for a file of another version.

        Raises:
            StaleError: `other_version`.
        """
        self._path = path
        with self._connection() as connection:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found not in (0, version):
                raise other_version
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(schema)
            connection.execute(f"PRAGMA user_version = {version}")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Connection whose transaction is committed after the block, or rolled back by an error."""
        connection = sqlite3.connect(self._path, timeout=WAIT_S)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        try:
            with connection:
                yield connection
        finally:
            connection.close()
