"""Folders of uploads and jobs, with random names."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from v2meow_pipeline.web.errors import NO_SPACE, RequestError

ONLY_OWNER = 0o700


class JobFolders:
    """Folders below the data folder of a server, one for each job: in `incoming` until its uploads are stored, then in
    `jobs`.
    """

    def __init__(self, root: Path) -> None:
        """Makes the folders, which only the user of the server can read.

        Args:
            root: data folder of the server.
        """
        self.root, self._incoming, self._jobs = root, root / "incoming", root / "jobs"
        for folder in (root, self._incoming, self._jobs):
            folder.mkdir(parents=True, exist_ok=True, mode=ONLY_OWNER)

    def store(self, job_id: str, files: Mapping[str, BinaryIO], size: int) -> None:
        """Stores the uploads of a job in its folder; nothing stays if one of them cannot be stored.

        Args:
            job_id: identifier of the job.
            files: open files to copy, by their names in the folder.
            size: size of the video, and of the earlier take if there is one, bytes.

        Raises:
            RequestError: status 507 when the disk is full or nearly full.
        """
        # Results need several times the space of the upload.
        if shutil.disk_usage(self.root).free < 4 * size:
            raise RequestError(NO_SPACE, "The server's disk is full.", "Try again later.")
        folder = self._incoming / job_id
        try:
            folder.mkdir(mode=ONLY_OWNER)
            for name, source in files.items():
                with (folder / name).open("xb") as file:
                    shutil.copyfileobj(source, file)
            folder.replace(self.of(job_id))
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RequestError(
                NO_SPACE, f"The upload cannot be stored: {error.strerror}.", "Try again later."
            ) from error

    def of(self, job_id: str) -> Path:
        """Folder of a job."""
        return self._jobs / job_id

    def delete(self, job_id: str) -> None:
        """Deletes the folder of a job, if it exists."""
        shutil.rmtree(self.of(job_id), ignore_errors=True)

    def delete_orphans(self, job_ids: set[str]) -> None:
        """Deletes uploads without a job, and folders of jobs that are not in `job_ids`."""
        for folder in (*self._incoming.iterdir(), *self._jobs.iterdir()):
            if folder.parent == self._incoming or folder.name not in job_ids:
                shutil.rmtree(folder, ignore_errors=True)
