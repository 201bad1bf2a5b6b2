"""SQLite file with a versioned schema, used by all threads of a server."""

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.web.errors import NO_SPACE, RequestError

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
            V2MeowError: when the file is damaged, or cannot be written.
        """
        self._path = path
        try:
            self._create(schema, version, other_version)
        except sqlite3.DatabaseError as error:
            raise V2MeowError(f"{path} is damaged: {error}.", "Move it away, or choose another data folder.") from error
        # The last connection that is closed deletes the write-ahead log, which could not be created again on a full
        # disk, and then nothing could be read either. This one stays open, outside of any transaction.
        self._open = sqlite3.connect(path, check_same_thread=False)
        self._open.execute("PRAGMA user_version").fetchall()

    def close(self) -> None:
        """Closes the connection that stays open. The database can still be used."""
        self._open.close()

    def _create(self, schema: str, version: int, other_version: StaleError) -> None:
        with self._connection() as connection:
            (found,) = connection.execute("PRAGMA user_version").fetchone()
            if found not in (0, version):
                raise other_version
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(schema)
            connection.execute(f"PRAGMA user_version = {version}")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Connection whose transaction is committed after the block, or rolled back by an error.

        RequestError with status 507 if the file cannot be read or written.
        """
        try:
            with contextlib.closing(sqlite3.connect(self._path, timeout=WAIT_S)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA foreign_keys = ON")
                with connection:
                    yield connection
        except sqlite3.OperationalError as error:
            problem = f"The database {self._path.name} cannot be used: {error}."
            raise RequestError(NO_SPACE, problem, "The server's disk may be full; try again later.") from error
