"""Worker thread of a set of models: runs its jobs, one at a time."""

import logging
import re
import threading
import time
from pathlib import Path

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.isolation import Isolated
from v2meow_pipeline.media.audio import audio_duration_s
from v2meow_pipeline.media.probe import VideoInfo
from v2meow_pipeline.web.config import MEGABYTE, WebConfig
from v2meow_pipeline.web.errors import TOO_LARGE, JobCancelled, RequestError
from v2meow_pipeline.web.generation_process import GenerationProcess, Load, Progress
from v2meow_pipeline.web.job import Job, JobResult, Stage, Status
from v2meow_pipeline.web.job_folders import JobFolders
from v2meow_pipeline.web.job_store import JobStore
from v2meow_pipeline.web.run_job import EARLIER, REFERENCE, UPLOAD, Task
from v2meow_pipeline.web.upload_check import probe_upload

log = logging.getLogger(__name__)

IDLE_S = 0.5
# Time before the database is used again after a failure.
RETRY_S = 2.0
CHECK = "check of the video"
# Limit on the processor time of the check: a constant, plus the size of the upload over a minimum throughput.
CHECK_S, BYTES_A_SECOND = 60.0, MEGABYTE
# Description of the tokens of one window (composer.py).
_WINDOW = re.compile(r"(?P<name>.*), window (?P<window>\d+)/(?P<windows>\d+)")


class Worker(threading.Thread):
    """Takes queued jobs of its models from the store until it is stopped."""

    def __init__(
        self, name: str, models: ModelSource, load: Load, store: JobStore, folders: JobFolders, config: WebConfig
    ) -> None:
        super().__init__(name=f"worker of {name}", daemon=True)
        self._models_name, self._models = name, models
        self._store, self._folders, self._config = store, folders, config
        self._probe: Isolated[Path, VideoInfo] = Isolated(probe_upload, VideoInfo, probe_upload.__module__)
        self._probe_sound: Isolated[Path, float] = Isolated(audio_duration_s, float, probe_upload.__module__)
        self._process = GenerationProcess(models, load)
        self._wake, self._stopping = threading.Event(), threading.Event()

    def wake(self) -> None:
        """Makes an idle worker look for a job at once."""
        self._wake.set()

    def stop(self) -> None:
        """Stops the worker; its job stays "running" in the store, and is queued again at the next start."""
        self._stopping.set()
        self._wake.set()
        self.join()
        self._process.close()
        self._probe.close()
        self._probe_sound.close()

    def run(self) -> None:
        """Body of the thread."""
        while not self._stopping.is_set():
            try:
                pause_s = 0.0 if self._run_next() else IDLE_S
            except Exception as error:  # such as a full disk: the worker tries again
                log.warning("The worker has no job: %s", error, exc_info=not isinstance(error, V2MeowError))
                pause_s = RETRY_S
            if pause_s:
                self._wake.wait(pause_s)
                self._wake.clear()

    def _run_next(self) -> bool:
        """Runs the next job; returns whether there was one."""
        job = self._store.claim(self._models_name)
        if job is not None:
            self._run(job)
        return job is not None

    def _run(self, job: Job) -> None:
        """Runs a job and records how it ended."""
        stages = StageRecorder(self._store, job.id)
        try:
            result = self._generate(job, stages)
            stages.end()
        except JobCancelled:
            if not self._stopping.is_set():
                self._end(job, "cancelled")
        except V2MeowError as error:
            log.info("Job %s failed: %s", job.id, error)
            self._end(job, "failed", _described(error, self._folders.of(job.id), job.file_name))
        except Exception:
            log.exception("Job %s failed.", job.id)
            self._end(job, "failed", "The job failed with an internal error; see the server's log.")
        else:
            self._finish(job, "done", result)

    def _end(self, job: Job, status: Status, error: str | None = None) -> None:
        """Deletes the files of a job without results, and then records its end, which needs space on the disk."""
        self._folders.delete(job.id)
        self._finish(job, status, error=error)

    def _finish(self, job: Job, status: Status, result: JobResult | None = None, error: str | None = None) -> None:
        """Records the end of a job; repeated while the database cannot be written, or it would stay "running"."""
        while True:
            try:
                self._store.finish(job.id, status, result, error)
            except RequestError as failure:
                log.warning("The end of job %s is not recorded yet: %s", job.id, failure)
                if self._stopping.wait(RETRY_S):
                    return
            else:
                return

    def _generate(self, job: Job, stages: "StageRecorder") -> JobResult:
        folder, limits = self._folders.of(job.id), self._config
        stages(Progress(CHECK, 0, 1))
        info = self._probe(folder / UPLOAD, _check_s(folder / UPLOAD))
        if info.duration_s > limits.max_video_s:
            raise RequestError(
                TOO_LARGE,
                f"The video has {info.duration_s:.1f} s; at most {limits.max_video_s:g} s are accepted.",
                "Cut it, and upload it again.",
            )
        if job.has_reference:
            self._probe_sound(folder / REFERENCE, _check_s(folder / REFERENCE))
        task = Task(folder, job.settings, job.has_events, job.has_reference, job.redo, job.continues is not None)
        return self._process.run(task, stages, lambda: self._is_cancelled(job.id), 60 * limits.max_job_minutes)

    def _is_cancelled(self, job_id: str) -> bool:
        return self._stopping.is_set() or self._store.is_cancel_requested(job_id)


class StageRecorder:
    """Writes progress reports to the store, as a list of stages in the order in which they began."""

    def __init__(self, store: JobStore, job_id: str) -> None:
        self._store, self._job_id = store, job_id
        self._stages: list[Stage] = []
        self._began_s = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Records a report; a new stage ends the one before it."""
        progress, now = _of_all_windows(progress), time.monotonic()
        if not self._stages or self._stages[-1].name != progress.stage:
            self._end_last(now)
            self._began_s = now
            self._stages.append(Stage(name=progress.stage))
        changed = {"done": progress.done, "total": progress.total, "seconds": now - self._began_s}
        self._stages[-1] = self._stages[-1].model_copy(update=changed)
        self._store.set_stages(self._job_id, self._stages)

    def end(self) -> None:
        """Records the end of the last stage."""
        self._end_last(time.monotonic())
        self._store.set_stages(self._job_id, self._stages)

    def _end_last(self, now: float) -> None:
        if self._stages:
            last = self._stages[-1]
            changed = {"done": last.total or 0, "seconds": now - self._began_s, "finished": True}
            self._stages[-1] = last.model_copy(update=changed)


def _of_all_windows(progress: Progress) -> Progress:
    """Progress of a stage over all windows of a video, instead of one stage per window."""
    found = _WINDOW.fullmatch(progress.stage)
    if found is None or progress.total is None:
        return progress
    name, window, windows = found["name"], int(found["window"]), int(found["windows"])
    return Progress(name, (window - 1) * progress.total + progress.done, windows * progress.total)


def _check_s(upload: Path) -> float:
    """Time limit of the check of an upload, seconds."""
    return CHECK_S + (upload.stat().st_size if upload.exists() else 0) / BYTES_A_SECOND


def _described(error: V2MeowError, folder: Path, file_name: str) -> str:
    """Error message in one line, with the name of the upload instead of its path on the server."""
    message = str(error).replace(str(folder / UPLOAD), file_name or "The video")
    message = message.replace(f"The reference {folder / REFERENCE}", "The reference")
    for name, shown in ((REFERENCE, "The reference"), (EARLIER, "The earlier take")):
        message = message.replace(str(folder / name), shown)
    return " ".join(message.replace(f"{folder}/", "").split())
