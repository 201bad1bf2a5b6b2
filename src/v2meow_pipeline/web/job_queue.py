"""Job queue: accepts, cancels and deletes jobs, and runs them in worker threads."""

import os
import secrets
import time
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.composer.direction import parse_direction
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.earlier_take import earlier_take
from v2meow_pipeline.web.errors import INVALID, NOT_FOUND, RequestError
from v2meow_pipeline.web.generation_process import Load, load_here
from v2meow_pipeline.web.housekeeping import Housekeeping
from v2meow_pipeline.web.job import Continuation, Job, Redo
from v2meow_pipeline.web.job_folders import JobFolders
from v2meow_pipeline.web.job_store import JobStore
from v2meow_pipeline.web.run_job import EARLIER, EVENTS, REFERENCE, UPLOAD
from v2meow_pipeline.web.submission import Submission
from v2meow_pipeline.web.webhook import check_webhook
from v2meow_pipeline.web.worker import Worker

DATABASE, LOCK = "jobs.sqlite", "server.lock"
DELETED = "Submit the video again."


class JobQueue:
    """The jobs of one server."""

    def __init__(
        self, models: Mapping[str, ModelSource], config: WebConfig, loaders: Mapping[str, Load] | None = None
    ) -> None:
        """Opens the data folder.

        Args:
            models: models by name, at least one; each has `jobs_at_once` workers.
            config: data folder and limits.
            loaders: functions that load the composer of each of the models in a worker's subprocess; None computes
                there.

        Raises:
            V2MeowError: when another server uses the data folder.
        """
        self.models, self.config = dict(models), config
        self._folders = JobFolders(config.folder.absolute())
        self._lock = FileLock(self._folders.root / LOCK)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            problem = f"Another server uses the folder {config.folder}."
            raise V2MeowError(problem, "Stop it, or choose another data folder.") from error
        self._store = JobStore(self._folders.root / DATABASE)
        self._workers = {
            name: [
                Worker(name, source, loaders[name] if loaders else load_here, self._store, self._folders, config)
                for _ in range(config.jobs_at_once)
            ]
            for name, source in self.models.items()
        }
        housekeeping = Housekeeping(self._store, self._folders, config)
        self._threads: list[Worker | Housekeeping] = [*chain(*self._workers.values()), housekeeping]

    def start(self) -> None:
        """Queues interrupted jobs again, and starts the workers."""
        self._store.requeue_running()
        self._folders.delete_orphans(self._store.ids())
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stops all threads; jobs that are not finished continue after the next start."""
        for thread in self._threads:
            if thread.is_alive():
                thread.stop()
        self._store.close()
        self._lock.release()

    def check_capacity(self, client: str) -> None:
        """Raises the error of `submit` when a job of this client would be refused, before its upload is read."""
        self._store.check_capacity(client, self.config.max_queued, self.config.jobs_per_hour)

    def submit(self, submission: Submission) -> Job:
        """Stores an upload and queues a job. The video itself is checked when the job runs.

        Args:
            submission: upload and settings.

        Returns:
            The queued job.

        Raises:
            RequestError: for unknown models, a webhook that is not allowed, a full queue or disk, or a client that
                has submitted too many jobs.
            ConfigError: for a tempo together with event curves.
        """
        model = submission.model or next(iter(self.models))
        if model not in self.models:
            raise RequestError(INVALID, f"There are no models {model!r}.", f"Choose one of {', '.join(self.models)}.")
        parse_direction(None, events=EVENTS if submission.events else None, tempo_bpm=submission.settings.tempo)
        if submission.webhook:
            check_webhook(submission.webhook, self.config.private_webhooks)
        self.check_capacity(submission.client)
        job = Job(
            id=secrets.token_hex(16),
            model=model,
            client=submission.client,
            file_name=submission.shown_name,
            settings=submission.settings,
            has_events=submission.events is not None,
            has_reference=submission.reference is not None,
            redo=submission.redo,
            continues=submission.continues,
            webhook=submission.webhook or None,
            created_s=time.time(),
        )
        files = {
            UPLOAD: submission.video,
            EVENTS: submission.events,
            REFERENCE: submission.reference,
            EARLIER: submission.earlier,
        }
        self._folders.store(job.id, {name: file for name, file in files.items() if file is not None}, submission.size)
        try:
            self._store.add(job, self.config.max_queued, self.config.jobs_per_hour)
        except RequestError:
            self._folders.delete(job.id)
            raise
        for worker in self._workers[model]:
            worker.wake()
        return job

    def redo(self, redo: Redo, client: str, webhook: str | None = None) -> Job:
        """Queues a job that generates a span of a take of an earlier job anew, with the same models.

        The files that it needs are copied, so that the earlier job may be deleted.

        Args:
            redo: take and span.
            client: network address of the client.
            webhook: URL to call when the job ends; None for none.

        Returns:
            The queued job.

        Raises:
            RequestError: those of `submit`; status 404 for an unknown job or take, 422 for a job without result.
            ConfigError: for a span that is too short or outside the video.
        """
        earlier = self.get(redo.job_id)
        take, folder = earlier_take(earlier, redo), self._folders.of(earlier.id)
        with ExitStack() as opened:
            video, sounding = (_opened(opened, folder / name) for name in (UPLOAD, take.video))
            submission = Submission(
                video,
                _size(video) + _size(sounding),
                earlier.file_name,
                earlier.settings.model_copy(update={"takes": 1}),
                client,
                earlier.model,
                webhook,
                events=_opened(opened, folder / EVENTS) if earlier.has_events else None,
                earlier=sounding,
                redo=redo,
            )
            return self.submit(submission)

    def continue_take(self, wanted: Continuation, submission: Submission) -> Job:
        """Queues a job whose music continues the end of a take of an earlier job, which may then be deleted.

        Args:
            wanted: the take.
            submission: the next video, with settings of its own; its models are those of the take unless it names some.

        Returns:
            The queued job.

        Raises:
            RequestError: those of `submit`; status 404 for an unknown job or take, 422 for a job without result.
        """
        earlier = self.get(wanted.job_id)
        with ExitStack() as opened:
            sounding = _opened(opened, self._folders.of(earlier.id) / earlier_take(earlier, wanted).video)
            return self.submit(
                submission._replace(
                    size=submission.size + _size(sounding),
                    model=submission.model or earlier.model,
                    earlier=sounding,
                    continues=wanted,
                )
            )

    def get(self, job_id: str) -> Job:
        """A job by its identifier; RequestError with status 404 if there is none."""
        return self._store.get(job_id)

    def has(self, job_id: str) -> bool:
        """Whether there is a job with this identifier."""
        try:
            self.get(job_id)
        except RequestError:
            return False
        return True

    def position(self, job_id: str) -> int:
        """Number of jobs before a queued job."""
        return self._store.position(job_id)

    def result_file(self, job_id: str, name: str) -> tuple[Path, str]:
        """Path and media type of a result.

        Args:
            job_id: identifier of the job.
            name: name of the file, from `JobResult`.

        Returns:
            Path and media type.

        Raises:
            RequestError: status 404 when the job has no such result.
        """
        result = self.get(job_id).result
        kind = result.files().get(name) if result else None
        if kind is None:
            raise RequestError(
                NOT_FOUND, "The job has no such result.", "Its record lists the results once it is done."
            )
        path = self._folders.of(job_id) / name
        if not path.exists():
            raise RequestError(NOT_FOUND, "The files of the job were deleted.", DELETED)
        return path, kind

    def cancel(self, job_id: str) -> Job:
        """Cancels a job that is queued or running; the latter takes up to some seconds.

        Args:
            job_id: identifier of the job.

        Returns:
            The job; one that has ended is unchanged.

        Raises:
            RequestError: status 404 when there is no such job.
        """
        self._store.request_cancel(job_id)
        job = self.get(job_id)
        if job.status == "cancelled":
            self._folders.delete(job_id)
        return job

    def delete(self, job_id: str) -> None:
        """Deletes an ended job with its files; these first, since the database needs space on a full disk."""
        self._folders.delete(job_id)
        self._store.delete(job_id)


def _size(file: BinaryIO) -> int:
    """Size of an open file, bytes."""
    return os.fstat(file.fileno()).st_size


def _opened(opened: ExitStack, path: Path) -> BinaryIO:
    """Opens a file of an earlier job, which may be deleted at any time."""
    try:
        return opened.enter_context(path.open("rb"))
    except FileNotFoundError as error:
        raise RequestError(NOT_FOUND, "The files of the job were deleted.", DELETED) from error
