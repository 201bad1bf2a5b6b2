"""Many clients at once, with the local worker and on Ray Serve: throughput, latency, and a replica that terminates.

`V2MEOW_LOAD=release pytest -m slow -s tests/web/test_load.py` measures the release's models and prints the table of
docs/how-to/web.md; without the variable, small models keep the test short.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from tests.web.conftest import running

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.composer.resolve import resolve_models
from v2meow_pipeline.executors.serving import serving
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.job_queue import JobQueue

pytestmark = pytest.mark.slow

JOBS = "/api/v1/jobs"
CLIENTS = (1, 4, 16, 24)
AT_ONCE = 4
LIMIT_S = 580


@pytest.fixture(scope="module")
def loaded(models: ModelSource) -> ModelSource:
    """Small models, or those that V2MEOW_LOAD names."""
    name = os.environ.get("V2MEOW_LOAD")
    return resolve_models(name) if name else models


@contextmanager
def local_server(models: ModelSource, folder: Path) -> Iterator[str]:
    """Address of a server with one worker, which computes itself."""
    with _server(JobQueue({"a": models}, _config(folder, 1))) as address:
        yield address


@contextmanager
def ray_server(models: ModelSource, folder: Path) -> Iterator[str]:
    """Address of a server with four workers and two replicas of the semantic stage."""
    pytest.importorskip("grpc_reflection")
    with (
        serving({"a": models}, {"semantic": 2}) as loaders,
        _server(JobQueue({"a": models}, _config(folder, AT_ONCE), loaders)) as address,
    ):
        yield address


def _config(folder: Path, jobs_at_once: int) -> WebConfig:
    return WebConfig(folder=folder, max_queued=100, jobs_per_hour=1000, jobs_at_once=jobs_at_once)


@contextmanager
def _server(queue: JobQueue) -> Iterator[str]:
    queue.start()
    try:
        with running(queue) as address:
            yield address
    finally:
        queue.close()


def one_job(server: str, video: Path, seed: int) -> tuple[float, dict[str, Any]]:
    """Seconds from the upload to the result, and the job."""
    began_s = time.monotonic()
    with video.open("rb") as file:
        answer = requests.post(server + JOBS, files={"video": file}, data={"takes": 1, "seed": seed}, timeout=60)
    assert answer.status_code == 202, answer.text
    while True:
        job: dict[str, Any] = requests.get(f"{server}{JOBS}/{answer.json()['id']}", timeout=60).json()
        if job["finished_s"] is not None:
            return time.monotonic() - began_s, job
        assert time.monotonic() < began_s + LIMIT_S, job
        time.sleep(0.2)


def sound(server: str, job: dict[str, Any]) -> bytes:
    """The WAV file of a job's take."""
    assert job["status"] == "done", job["error"]
    return requests.get(server + job["files"]["take-1.wav"], timeout=30).content


def under_load(server: str, video: Path, clients: int) -> list[Future[tuple[float, dict[str, Any]]]]:
    """Jobs of so many clients, which all submit at once; each has its own seed."""
    pool = ThreadPoolExecutor(clients)
    started = [pool.submit(one_job, server, video, seed) for seed in range(clients)]
    pool.shutdown(wait=False)
    return started


@pytest.mark.parametrize("kind", [local_server, ray_server])
@pytest.mark.timeout(1800)
def test_every_client_gets_its_music(kind: Any, loaded: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches jobs that are lost, mixed up or starved when many clients come at once."""
    with kind(loaded, tmp_path / "web") as server:
        for job in under_load(server, video, AT_ONCE):  # starts all processes
            job.result()
        for clients in CLIENTS:
            began_s = time.monotonic()
            done = [job.result() for job in under_load(server, video, clients)]
            wall_s = time.monotonic() - began_s
            assert [job["status"] for _, job in done] == ["done"] * clients
            assert [job["settings"]["seed"] for _, job in done] == list(range(clients))
            seconds = [each for each, _ in done]
            median_s, late_s = np.percentile(seconds, [50, 95])
            print(f"\n| {kind.__name__} | {clients} | {60 * clients / wall_s:.1f} | {median_s:.1f} | {late_s:.1f} |")


@pytest.mark.timeout(1200)
def test_ray_serve_makes_the_music_of_the_local_worker_also_when_a_replica_is_killed(
    loaded: ModelSource, video: Path, tmp_path: Path
) -> None:
    """Catches music that depends on where it was made, and requests that are lost with a replica."""
    with local_server(loaded, tmp_path / "local") as server:
        expected = [sound(server, one_job(server, video, seed)[1]) for seed in range(3)]
    with ray_server(loaded, tmp_path / "ray") as server:
        for job in under_load(server, video, AT_ONCE):
            job.result()
        jobs = under_load(server, video, 16)
        time.sleep(2.0)
        killed = _kill_a_replica("semantic")
        done = [job.result()[1] for job in jobs]
        assert [job["status"] for job in done] == ["done"] * 16
        assert [sound(server, job) for job in done[:3]] == expected
        assert killed not in _replicas("semantic")


def _replicas(part: str) -> list[str]:
    import ray

    actors = ray.util.list_named_actors(all_namespaces=True)
    return [each["name"] for each in actors if each["name"].startswith("SERVE_REPLICA::") and part in each["name"]]


def _kill_a_replica(part: str) -> str:
    import ray

    name = _replicas(part)[0]
    ray.kill(ray.get_actor(name, namespace="serve"))
    return name
