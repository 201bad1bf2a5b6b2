"""Folders of uploads and jobs, with random names."""

import secrets
import shutil
from pathlib import Path
from typing import BinaryIO

from v2meow_pipeline.web.errors import NO_SPACE, RequestError
from v2meow_pipeline.web.run_job import EVENTS, UPLOAD

ONLY_OWNER = 0o700


class JobFolders:
    """Folders below the data folder of a server: `incoming` for uploads, and one for each job in `jobs`."""

    def __init__(self, root: Path) -> None:
        """Makes the folders, which only the user of the server can read.

        Args:
            root: data folder of the server.
        """
        self.root, self._incoming, self._jobs = root, root / "incoming", root / "jobs"
        for folder in (root, self._incoming, self._jobs):
            folder.mkdir(parents=True, exist_ok=True, mode=ONLY_OWNER)

    def receive(self, source: BinaryIO, size: int) -> Path:
        """Stores an upload under a random name.

        Args:
            source: open file to copy.
            size: its size in bytes.

        Returns:
            The copy, which `adopt` moves to the folder of a job.

        Raises:
            RequestError: status 507 when the disk is nearly full.
        """
        # Results need several times the space of the upload.
        if shutil.disk_usage(self.root).free < 4 * size:
            raise RequestError(NO_SPACE, "The server's disk is full.", "Try again later.")
        path = self._incoming / secrets.token_hex(16)
        try:
            with path.open("xb") as file:
                shutil.copyfileobj(source, file)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise RequestError(
                NO_SPACE, f"The upload cannot be stored: {error.strerror}.", "Try again later."
            ) from error
        return path

    def adopt(self, job_id: str, video: Path, events: Path | None) -> None:
        """Moves received files to the folder of a job."""
        folder = self.of(job_id)
        folder.mkdir(mode=ONLY_OWNER)
        video.replace(folder / UPLOAD)
        if events is not None:
            events.replace(folder / EVENTS)

    def of(self, job_id: str) -> Path:
        """Folder of a job."""
        return self._jobs / job_id

    def delete(self, job_id: str) -> None:
        """Deletes the folder of a job, if it exists."""
        shutil.rmtree(self.of(job_id), ignore_errors=True)

    def delete_orphans(self, job_ids: set[str]) -> None:
        """Deletes uploads without a job, and folders of jobs that are not in `job_ids`."""
        for path in self._incoming.iterdir():
            path.unlink(missing_ok=True)
        for folder in self._jobs.iterdir():
            if folder.name not in job_ids:
                shutil.rmtree(folder, ignore_errors=True)
