"""A queue with small models and a short video, for the tests of the web server."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import add_sound, make_constant
from tests.support.servers import serving_in_thread
from tests.support.small_models import make_small_models

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.job import Job, JobSettings
from v2meow_pipeline.web.job_queue import JobQueue
from v2meow_pipeline.web.submission import Submission


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> ModelSource:
    """Small models."""
    return ModelSource(make_small_models(tmp_path_factory.mktemp("web_models") / "small"), "small models")


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with sound."""
    folder = tmp_path_factory.mktemp("web_video")
    silent = make_constant(folder / "silent.mp4", Fraction(10), 2.0)
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(96_000) / 48_000).astype(np.float32)
    return add_sound(silent, tone, 48_000, folder / "clip.mp4")


@pytest.fixture
def config(tmp_path: Path) -> WebConfig:
    """A data folder of the test's own."""
    return WebConfig(folder=tmp_path / "web")


@pytest.fixture
def idle_queue(models: ModelSource, config: WebConfig) -> Iterator[JobQueue]:
    """A queue whose workers do not run."""
    queue = JobQueue({"small": models}, config)
    yield queue
    queue.close()


@pytest.fixture(scope="session")
def queue(models: ModelSource, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobQueue]:
    """A queue whose workers run, shared by all tests, since its process takes seconds to start."""
    queue = JobQueue({"small": models}, WebConfig(folder=tmp_path_factory.mktemp("queue"), jobs_per_hour=1000))
    queue.start()
    yield queue
    queue.close()


@pytest.fixture(scope="session")
def server(queue: JobQueue) -> Iterator[str]:
    """Address of a server of the shared queue."""
    with running(queue) as address:
        yield address


@contextmanager
def running(queue: JobQueue) -> Iterator[str]:
    """Address of a server of a queue, in a thread of this process."""
    pytest.importorskip("gradio")
    from v2meow_pipeline.web.server import make_app

    with serving_in_thread(make_app(queue)) as address:
        yield address


def submit(queue: JobQueue, video: Path, client: str = "10.0.0.1", **changes: object) -> Job:
    """Submits a video; settings are given by name."""
    submission = {name: changes.pop(name) for name in ("webhook", "model", "events") if name in changes}
    with video.open("rb") as file:
        settings = JobSettings.parse({"takes": 1, **changes})
        return queue.submit(Submission(file, video.stat().st_size, video.name, settings, client, **submission))  # type: ignore[arg-type]


def wait_for(queue: JobQueue, job: Job, seconds: float = 300) -> Job:
    """The job once it has ended."""
    return wait_until(lambda: queue.get(job.id), lambda found: found.has_ended, seconds)


def wait_until(look: Callable[[], Job], reached: Callable[[Job], bool], seconds: float = 300) -> Job:
    """What `look` returns, once `reached` is true of it."""
    deadline = time.monotonic() + seconds
    while not reached(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found
