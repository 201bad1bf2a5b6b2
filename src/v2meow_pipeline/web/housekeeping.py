"""Thread that deletes expired jobs and calls webhooks."""

import logging
import threading
import time

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.job import Job
from v2meow_pipeline.web.job_folders import JobFolders
from v2meow_pipeline.web.job_store import JobStore
from v2meow_pipeline.web.webhook import call_webhook

log = logging.getLogger(__name__)

EVERY_S = 2.0
MAX_CALLS = 3
# Time before a webhook is called again after a failure.
RETRY_S = 30.0
HOUR_S = 3600.0


class Housekeeping(threading.Thread):
    """Looks every two seconds for expired jobs and webhooks that are due, until it is stopped."""

    def __init__(self, store: JobStore, folders: JobFolders, config: WebConfig) -> None:
        super().__init__(name="housekeeping", daemon=True)
        self._store, self._folders, self._config = store, folders, config
        self._stopping = threading.Event()
        self._called_s: dict[str, float] = {}

    def run(self) -> None:
        """Body of the thread."""
        while not self._stopping.wait(EVERY_S):
            try:
                self.tidy(time.time())
            except Exception as error:
                log.warning("Housekeeping failed: %s", error, exc_info=not isinstance(error, V2MeowError))

    def stop(self) -> None:
        """Stops the thread."""
        self._stopping.set()
        self.join()

    def tidy(self, now_s: float) -> None:
        """Calls the webhooks that are due, and deletes the jobs that expired.

        Args:
            now_s: current time, Unix seconds.
        """
        for job in self._store.uncalled(MAX_CALLS):
            if now_s >= self._called_s.get(job.id, -RETRY_S) + RETRY_S:
                self._call(job, now_s)
        for job_id in self._store.expired(now_s - self._config.keep_hours * HOUR_S):
            # On a full disk, the record can only be deleted once there is space.
            self._folders.delete(job_id)
            self._store.delete(job_id)
            self._called_s.pop(job_id, None)

    def _call(self, job: Job, now_s: float) -> None:
        assert job.webhook is not None
        self._called_s[job.id] = now_s
        try:
            call_webhook(
                job.webhook, {"id": job.id, "status": job.status, "error": job.error}, self._config.private_webhooks
            )
        except V2MeowError as error:
            log.warning("Job %s: %s", job.id, error)
            self._store.record_call(job.id, succeeded=False)
        else:
            self._store.record_call(job.id, succeeded=True)
