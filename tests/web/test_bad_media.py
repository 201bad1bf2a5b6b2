"""Files that are hard to read, through the REST API: each ends with a soundtrack or with a sentence."""

import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
import requests
from tests.support.hard_videos import MAY_BE_READ, UNUSABLE, UNUSUAL, animated_webp, several_streams
from tests.support.media_makers import make_constant
from tests.support.small_disk import fill, small_disk
from tests.web.conftest import running, submit, wait_for
from tests.web.test_api import JOBS, check_error, ended, post
from tests.web.test_redo import finished

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.source import PICTURE_REMEDY
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.errors import RequestError
from v2meow_pipeline.web.housekeeping import HOUR_S, Housekeeping
from v2meow_pipeline.web.job_queue import JobQueue

REDO = {"take": 1, "span": "0-1"}


@pytest.mark.slow
@pytest.mark.parametrize(("make", "seconds"), UNUSUAL)
def test_unusual_videos_get_music(
    server: str, queue: JobQueue, tmp_path: Path, make: Callable[[Path], Path], seconds: float
) -> None:
    """Catches a video that the command line takes and the server does not, or a result that browsers do not play."""
    settings = {"keep_original": -6} if make is several_streams else {}
    job = ended(server, post(server, make(tmp_path), **settings).json()["id"])
    assert job["status"] == "done", job["error"]
    made = probe(queue.result_file(job["id"], "take-1.mp4")[0])
    assert made.video_codec in ("h264", "av1") and made.has_audio
    assert made.duration_s == pytest.approx(seconds, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("make", UNUSABLE)
def test_damaged_and_wrong_files_end_with_a_sentence(
    server: str, queue: JobQueue, video: Path, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    """Catches a traceback, a path of the server, a worker that hangs, and files that stay."""
    path = make(tmp_path)
    job = ended(server, post(server, path).json()["id"])
    if job["status"] == "failed":
        assert path.name in job["error"] and "\n" not in job["error"] and "internal" not in job["error"]
        assert str(queue.config.folder) not in job["error"]
        assert not (queue.config.folder / "jobs" / job["id"]).exists()
    else:
        assert make in MAY_BE_READ and job["status"] == "done"
    assert ended(server, post(server, video).json()["id"])["status"] == "done"


def test_an_animated_webp_is_called_an_image(server: str, tmp_path: Path) -> None:
    """Catches "invalid argument", which is what ffmpeg says about it."""
    job = ended(server, post(server, animated_webp(tmp_path)).json()["id"])
    assert job["status"] == "failed"
    assert job["error"] == "a.webp is an image (WebP), not a video. " + PICTURE_REMEDY, job["error"]


def test_an_upload_to_a_full_disk_is_refused(models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches uploads that stay in part, and a server that answers with an internal error."""
    with small_disk(tmp_path / "disk", "512k"):
        queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "disk"))
        try:
            with running(queue) as server:
                (tmp_path / "large.mp4").write_bytes(video.read_bytes() + bytes(300_000))
                check_error(post(server, tmp_path / "large.mp4"), 507, "disk is full")
                (tmp_path / "long.mp3").write_bytes(bytes(500_000))
                with (tmp_path / "long.mp3").open("rb") as song, video.open("rb") as file:
                    files = {"video": file, "reference": song}
                    check_error(requests.post(server + JOBS, files=files, timeout=60), 507, "No space left")
                assert [path for part in ("jobs", "incoming") for path in (tmp_path / "disk" / part).iterdir()] == []
                fill(tmp_path / "disk/fill")
                with pytest.raises(RequestError, match="full"):
                    submit(queue, video)
                (tmp_path / "disk/fill").unlink()
                assert submit(queue, video).status == "queued"
        finally:
            queue.close()


def test_jobs_are_read_and_deleted_while_the_disk_is_full(models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches a server that cannot free the space that it fills, and results that cannot be downloaded meanwhile."""
    with small_disk(tmp_path / "disk", "512k"):
        queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "disk"))
        try:
            with running(queue) as server:
                jobs = [finished(queue, video).id for _ in range(2)]
                fill(tmp_path / "disk/fill")
                check_error(post(server, video), 507, "disk is full")
                check_error(requests.post(f"{server}{JOBS}/{jobs[0]}/redo", data=REDO, timeout=60), 507, "disk is full")
                assert requests.get(f"{server}{JOBS}/{jobs[0]}", timeout=60).json()["status"] == "done"
                assert requests.get(f"{server}{JOBS}/{jobs[0]}/results/take-1.mp4", timeout=60).ok
                assert requests.delete(f"{server}{JOBS}/{jobs[0]}", timeout=60).status_code == 204
                assert requests.get(f"{server}{JOBS}/{jobs[0]}", timeout=60).status_code == 404
                assert submit(queue, make_constant(tmp_path / "short.mp4", Fraction(10), 1.0)).status == "queued"
                fill(tmp_path / "disk/fill-again")
                Housekeeping(queue._store, queue._folders, queue.config).tidy(time.time() + 25 * HOUR_S)
                assert requests.get(f"{server}{JOBS}/{jobs[1]}", timeout=60).status_code == 404
                assert not queue._folders.of(jobs[1]).exists()
        finally:
            queue.close()


@pytest.mark.slow
def test_a_job_on_a_full_disk_says_so(models: ModelSource, tmp_path: Path) -> None:
    """Catches a job that ends with an internal error, or stops its worker, when its results do not fit."""
    with small_disk(tmp_path / "disk", "800k"):
        queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "disk"))
        queue.start()
        try:
            long = make_constant(tmp_path / "long.mp4", Fraction(10), 10.0)
            bad = wait_for(queue, submit(queue, long), 300)
            assert bad.status == "failed" and "full" in (bad.error or ""), bad.error
            short = make_constant(tmp_path / "short.mp4", Fraction(10), 1.0)
            assert wait_for(queue, submit(queue, short), 300).status == "done"
        finally:
            queue.close()
