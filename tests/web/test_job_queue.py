"""The job queue: jobs run, fail, are cancelled, survive restarts and expire."""

import contextlib
import sqlite3
import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.media_makers import make_constant
from tests.web.conftest import submit, wait_for, wait_until

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.errors import RequestError
from v2meow_pipeline.web.housekeeping import HOUR_S, Housekeeping
from v2meow_pipeline.web.job_queue import JobQueue


def files_below(folder: Path) -> list[str]:
    """Names of all files of uploads and jobs."""
    return sorted(path.name for part in ("jobs", "incoming") for path in (folder / part).rglob("*") if path.is_file())


def test_a_job_gives_every_take_with_its_sound_and_picture(queue: JobQueue, video: Path) -> None:
    """Catches results that are missing or of another length, and a progress that skips stages."""
    job = wait_for(queue, submit(queue, video, takes=2, seed=3, prompt="calm solo piano"))
    assert job.status == "done", job.error
    assert job.result is not None and [take.seed for take in job.result.takes] == [3, 4]
    assert sum(take.best for take in job.result.takes) == 1
    assert set(job.result.files()) == {f"take-{n}.{kind}" for n in (1, 2) for kind in ("mp4", "wav", "png")} | {
        "original.wav"
    }
    for name, kind in job.result.files().items():
        path, found = queue.result_file(job.id, name)
        assert path.stat().st_size > 1000 and found == kind
    made = probe(queue.result_file(job.id, "take-2.mp4")[0])
    assert made.duration_s == pytest.approx(2.0) and made.has_audio
    names = [stage.name for stage in job.stages]
    assert names == [
        "check of the video",
        "load",
        "visual features",
        "semantic tokens",
        "coarse_audio tokens",
        "render",
        "choose",
        "mux",
        "pictures",
    ]
    assert all(stage.finished for stage in job.stages)
    assert job.stages[3].done == job.stages[3].total == 50


def test_other_files_of_the_server_are_not_results(queue: JobQueue, video: Path) -> None:
    """Catches a name that leads out of the job's folder, or to the upload."""
    job = wait_for(queue, submit(queue, video))
    for name in ("upload", "../../jobs.sqlite", "/etc/passwd", ""):
        with pytest.raises(RequestError, match="no such result"):
            queue.result_file(job.id, name)


@pytest.mark.parametrize("content", [b"this is no film\n" * 99, b"", b"\x00\x00\x00\x18ftypmp42"])
def test_a_file_that_is_no_video_fails_alone(queue: JobQueue, video: Path, tmp_path: Path, content: bytes) -> None:
    """Catches a server that falls over, a path of the server in a message, and uploads that stay."""
    (tmp_path / "evil.mp4").write_bytes(content)
    bad = wait_for(queue, submit(queue, tmp_path / "evil.mp4"))
    assert bad.status == "failed" and bad.error is not None
    assert "evil.mp4" in bad.error and str(tmp_path) not in bad.error and "\n" not in bad.error
    assert not queue._folders.of(bad.id).exists()


def test_a_truncated_upload_fails(queue: JobQueue, video: Path, tmp_path: Path) -> None:
    """Catches half a video that is taken for the whole."""
    (tmp_path / "half.mp4").write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    bad = wait_for(queue, submit(queue, tmp_path / "half.mp4"))
    assert bad.status == "failed" and "truncated" in (bad.error or "")


def test_a_long_video_is_refused_before_any_model_runs(models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches a limit that is read and ignored."""
    queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "web", max_video_s=1.5))
    queue.start()
    try:
        bad = wait_for(queue, submit(queue, video))
    finally:
        queue.close()
    assert bad.error == "The video has 2.0 s; at most 1.5 s are accepted. Cut it, and upload it again."
    assert [stage.name for stage in bad.stages] == ["check of the video"]


def test_a_running_job_is_cancelled_and_the_next_one_runs(queue: JobQueue, video: Path, tmp_path: Path) -> None:
    """Catches a cancellation that waits for the end of the job, or ends the worker."""
    long = make_constant(tmp_path / "long.mp4", Fraction(10), 60.0)
    first, second = submit(queue, long, takes=4), submit(queue, video)
    assert queue.position(second.id) == 1
    wait_until(lambda: queue.get(first.id), lambda job: any("tokens" in stage.name for stage in job.stages))
    asked_s = time.monotonic()
    queue.cancel(first.id)
    assert wait_for(queue, first).status == "cancelled"
    assert time.monotonic() < asked_s + 8
    assert wait_for(queue, second).status == "done"
    assert not queue._folders.of(first.id).exists()


def test_a_queued_job_is_cancelled_at_once(idle_queue: JobQueue, video: Path) -> None:
    """Catches an upload that stays on disk after its job was cancelled."""
    job = submit(idle_queue, video)
    assert files_below(idle_queue.config.folder) == ["upload"]
    assert idle_queue.cancel(job.id).status == "cancelled"
    assert files_below(idle_queue.config.folder) == []


def test_jobs_survive_a_restart(models: ModelSource, config: WebConfig, video: Path, tmp_path: Path) -> None:
    """Catches running jobs that stay "running" for ever, queued ones that are lost, and results that are deleted."""
    queue = JobQueue({"small": models}, config)
    queue.start()
    finished = wait_for(queue, submit(queue, video))
    long = make_constant(tmp_path / "long.mp4", Fraction(10), 20.0)
    running, queued = submit(queue, long), submit(queue, video)
    wait_until(lambda: queue.get(running.id), lambda job: any("tokens" in stage.name for stage in job.stages))
    queue.close()
    assert (queue.get(running.id).status, queue.get(queued.id).status) == ("running", "queued")
    again = JobQueue({"small": models}, config)
    again.start()
    try:
        assert wait_for(again, running).status == wait_for(again, queued).status == "done"
        assert again.result_file(finished.id, "take-1.mp4")[0].exists()
    finally:
        again.close()


def test_a_job_that_always_stops_the_server_fails_in_the_end(idle_queue: JobQueue, video: Path) -> None:
    """Catches a server that runs the same deadly job at each start."""
    job = submit(idle_queue, video)
    for _ in range(3):
        assert idle_queue._store.claim("small") is not None
        idle_queue._store.requeue_running()
    assert idle_queue.get(job.id).status == "failed"


def test_two_servers_do_not_share_a_folder(idle_queue: JobQueue, models: ModelSource) -> None:
    """Catches two workers that run the same job."""
    with pytest.raises(V2MeowError, match="Another server uses the folder"):
        JobQueue({"small": models}, idle_queue.config)


def test_old_jobs_are_deleted_with_their_files(idle_queue: JobQueue, video: Path) -> None:
    """Catches a disk that fills up, and a job that is deleted too early."""
    kept, old = submit(idle_queue, video), submit(idle_queue, video)
    idle_queue.cancel(old.id)
    tidy, now_s = Housekeeping(idle_queue._store, idle_queue._folders, idle_queue.config).tidy, time.time()
    tidy(now_s + 23.9 * HOUR_S)
    assert idle_queue.get(old.id).status == "cancelled"
    tidy(now_s + 24.1 * HOUR_S)
    with pytest.raises(RequestError, match="no such job"):
        idle_queue.get(old.id)
    assert idle_queue.get(kept.id).status == "queued"
    assert files_below(idle_queue.config.folder) == ["upload"]


def test_the_queue_and_each_client_have_limits(models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches limits that two simultaneous submissions pass together."""
    queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "web", max_queued=4, jobs_per_hour=3))
    answers: list[object] = []

    def try_to(client: str) -> None:
        try:
            answers.append(submit(queue, video, client))
        except RequestError as error:
            answers.append(error.status)

    try:
        threads = [threading.Thread(target=try_to, args=("a",)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [answer for answer in answers if isinstance(answer, int)] == [429] * 7
        submit(queue, video, "b")
        with pytest.raises(RequestError, match="queue is full") as refused:
            submit(queue, video, "c")
        assert refused.value.status == 503
        assert files_below(queue.config.folder) == ["upload"] * 4
    finally:
        queue.close()


def test_a_process_that_dies_costs_one_job(queue: JobQueue, video: Path, tmp_path: Path) -> None:
    """Catches a worker that waits for ever for a process that crashed."""
    long = make_constant(tmp_path / "long.mp4", Fraction(10), 60.0)
    first = submit(queue, long, takes=4)
    wait_until(lambda: queue.get(first.id), lambda job: any("tokens" in stage.name for stage in job.stages))
    queue._workers["small"][0]._process._process.kill()
    assert "terminated" in (wait_for(queue, first).error or "")
    assert wait_for(queue, submit(queue, video)).status == "done"


def test_a_database_that_cannot_be_written_costs_the_running_job_only(
    queue: JobQueue, video: Path, tmp_path: Path
) -> None:
    """Catches a job that stays "running" for ever, and the answer to one job that is taken for that of the next."""
    long = make_constant(tmp_path / "long.mp4", Fraction(10), 20.0)
    first = submit(queue, long, takes=4)
    wait_until(lambda: queue.get(first.id), lambda job: len(job.stages) > 1)
    with contextlib.closing(sqlite3.connect(queue.config.folder / "jobs.sqlite", isolation_level=None)) as database:
        database.execute("ALTER TABLE jobs RENAME TO hidden")
        try:
            with pytest.raises(RequestError, match=r"database jobs.sqlite cannot be used: no such table") as refused:
                submit(queue, video)
            assert refused.value.status == 507
            time.sleep(3)
        finally:
            database.execute("ALTER TABLE hidden RENAME TO jobs")
    assert "database" in (wait_for(queue, first).error or "")
    assert wait_for(queue, submit(queue, video), 300).status == "done"


def test_a_damaged_database_is_named(models: ModelSource, config: WebConfig) -> None:
    """Catches a server that ends with a traceback of SQLite."""
    config.folder.mkdir()
    (config.folder / "jobs.sqlite").write_bytes(b"no database" * 999)
    for _ in range(2):  # the folder is not locked by the first attempt
        with pytest.raises(V2MeowError, match=r"jobs.sqlite is damaged: file is not a database. Move it away"):
            JobQueue({"small": models}, config)
