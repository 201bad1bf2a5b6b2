"""MLflow stores where files lie as absolute addresses: after a project was moved or copied, they are corrected here."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from v2meow_pipeline.errors import ConfigError

# Where MLflow's database keeps addresses of files.
COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
_OURS = re.compile(r"\A(?:file://)?/.*/mlruns/artifacts(?=/)")


def misplaced(project: Path) -> list[str]:
    """Where runs' files are looked for outside of a project whose store they are in.

    Args:
        project: its folder.

    Returns:
        Each other place once; none where all is well, or nothing was run yet.
    """
    database = _database(project)
    if not database.is_file():
        return []
    here = _here(project)
    with closing(sqlite3.connect(database)) as connection:
        found = {
            _OURS.match(location) for (location,) in connection.execute("SELECT artifact_location FROM experiments")
        }
    return sorted({match[0] for match in found if match} - {here})


def repair(project: Path) -> int:
    """Corrects the addresses of all files that lie in the project's `mlruns/artifacts`, in one transaction.

    Args:
        project: its folder.

    Returns:
        How many addresses were corrected.

    Raises:
        ConfigError: when the project has no database of its own.
    """
    database = _database(project)
    if not database.is_file():
        raise ConfigError(
            f"There is no {database}.", "Run this in the project's folder; a server repairs its own store."
        )
    here, changed = _here(project), 0
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.create_function("corrected", 1, lambda location: _OURS.sub(lambda _: here, location, count=1))
        for table, column in COLUMNS:
            changed += connection.execute(
                f"UPDATE {table} SET {column} = corrected({column}) "
                f"WHERE {column} IS NOT NULL AND {column} != corrected({column})"
            ).rowcount
    return changed


def _database(project: Path) -> Path:
    return project.absolute() / "mlruns" / "mlflow.db"


def _here(project: Path) -> str:
    return (project.absolute() / "mlruns" / "artifacts").as_uri()
