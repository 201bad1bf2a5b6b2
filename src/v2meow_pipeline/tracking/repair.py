"""Correction of MLflow's absolute artifact locations after a project was moved or copied."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from v2meow_pipeline.errors import ConfigError

# Tables and columns of MLflow's database that contain artifact locations.
COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
_PROJECT_LOCATION = re.compile(r"\A(?:file://)?/.*/mlruns/artifacts(?=/)")


def misplaced(project: Path) -> list[str]:
    """Finds artifact locations in the project's store that are outside the project.

    Args:
        project: root directory of the project.

    Returns:
        Sorted distinct locations; empty if all are correct or nothing was run yet.
    """
    database = _database(project)
    if not database.is_file():
        return []
    location_here = _artifact_location(project)
    with closing(sqlite3.connect(database)) as connection:
        found = {
            _PROJECT_LOCATION.match(location)
            for (location,) in connection.execute("SELECT artifact_location FROM experiments")
        }
    return sorted({match[0] for match in found if match} - {location_here})


def repair(project: Path) -> int:
    """Replaces all artifact locations by the project's `mlruns/artifacts`, in one transaction.

    Args:
        project: root directory of the project.

    Returns:
        Number of corrected locations.

    Raises:
        ConfigError: when the project has no local database.
    """
    database = _database(project)
    if not database.is_file():
        raise ConfigError(
            f"There is no {database}.", "Run this in the project's folder; a store on a server is not repaired."
        )
    location_here, changed = _artifact_location(project), 0
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.create_function(
            "corrected", 1, lambda location: _PROJECT_LOCATION.sub(lambda _: location_here, location, count=1)
        )
        for table, column in COLUMNS:
            changed += connection.execute(
                f"UPDATE {table} SET {column} = corrected({column}) "
                f"WHERE {column} IS NOT NULL AND {column} != corrected({column})"
            ).rowcount
    return changed


def _database(project: Path) -> Path:
    return project.absolute() / "mlruns" / "mlflow.db"


def _artifact_location(project: Path) -> str:
    return (project.absolute() / "mlruns" / "artifacts").as_uri()
