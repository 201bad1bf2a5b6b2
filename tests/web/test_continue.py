"""Takes that are continued on another video: the REST API, the queue and the job."""

from pathlib import Path
from typing import Any

import numpy as np
import requests
from tests.web.conftest import running
from tests.web.test_api import JOBS, check_error, ended, post
from tests.web.test_redo import finished, redo

from v2meow_pipeline.composer import Composer, ModelSource
from v2meow_pipeline.composer.continuation import encode_lead
from v2meow_pipeline.composer.earlier_result import read_earlier_result
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.job import Continuation, JobSettings
from v2meow_pipeline.web.job_queue import JobQueue
from v2meow_pipeline.web.run_job import EARLIER, UPLOAD
from v2meow_pipeline.web.submission import Submission


def go_on(server: str, job_id: str, video: Path, **fields: Any) -> requests.Response:
    """Asks for music for the next video."""
    with video.open("rb") as file:
        return requests.post(
            f"{server}{JOBS}/{job_id}/continue",
            files={"video": ("next.mp4", file)},
            data={"take": 1, "takes": 1, **fields},
            timeout=60,
        )


def test_the_music_of_the_next_video_starts_from_the_end_of_the_take(
    server: str, queue: JobQueue, models: ModelSource, video: Path
) -> None:
    """Catches another take, a fade-out that is continued, settings of the first video, and a take that is deleted."""
    first = ended(server, post(server, video, seed=5, takes=2, fade=0.5, prompt="calm piano").json()["id"])
    assert first["status"] == "done", first["error"]
    take = queue.result_file(first["id"], "take-2.mp4")[0]
    composer = Composer.from_pretrained(models.folder)
    expected = encode_lead(composer, take, fade_out_s=0.5)
    answer = go_on(server, first["id"], video, take=2, seed=9, prompt="fast techno")
    assert answer.status_code == 202 and answer.headers["Location"] == f"{JOBS}/{answer.json()['id']}"
    assert requests.delete(f"{server}{JOBS}/{first['id']}", timeout=30).status_code == 204
    second = ended(server, answer.json()["id"])
    assert second["status"] == "done", second["error"]
    assert second["continues"] == {"job_id": first["id"], "take": 2} and second["redo"] is None
    assert (second["file_name"], second["settings"]["seed"], second["settings"]["fade"]) == ("next.mp4", 9, 1.0)
    result = read_earlier_result(queue.result_file(second["id"], "take-1.mp4")[0])
    lead = result.recipe.lead_tokens(composer)
    assert lead is not None and result.origin.prompt == "fast techno"
    for name, tokens in expected.items():
        np.testing.assert_array_equal(lead[name], tokens)
    third = ended(server, redo(server, second["id"]).json()["id"])
    assert third["status"] == "done", third["error"]


def test_what_cannot_be_continued_is_refused_in_one_line(idle_queue: JobQueue, video: Path) -> None:
    """Catches requests that fail minutes later, and errors of another status."""
    done = finished(idle_queue, video)
    with running(idle_queue) as address:
        for fields, status, part in (
            ({"take": 3}, 404, "There is no take 3. The job has 2 takes"),
            ({"take": 0}, 422, "take"),
            ({"takes": 9}, 422, "takes"),
            ({"prompt": "?!"}, 422, "no words"),
            ({"tempo": 10}, 422, "10 BPM"),
            ({"model": "none"}, 422, "small"),
            ({"webhook": "http://localhost/"}, 403, "private"),
        ):
            check_error(go_on(address, done.id, video, **fields), status, part)
        check_error(go_on(address, "0" * 32, video), 404, "no such job")
        without_video = requests.post(f"{address}{JOBS}/{done.id}/continue", data={"take": 1}, timeout=30)
        check_error(without_video, 422, "video")
        waiting = post(address, video).json()["id"]
        check_error(go_on(address, waiting, video), 422, "The job is queued and has no takes.")


def test_a_take_that_is_too_short_is_explained(server: str, video: Path) -> None:
    """Catches a path of the server, or the name of one of its files, in the message."""
    first = ended(server, post(server, video, fade=1.5).json()["id"])
    assert first["status"] == "done", first["error"]
    second = ended(server, go_on(server, first["id"], video).json()["id"])
    assert second["status"] == "failed"
    assert second["error"].startswith("The earlier take has less than 2.5 s of music to continue.")


def test_limits_hold_for_continuations(models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches a way around the limits of clients and queue, before or after the video was sent."""
    queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "web", max_queued=1, max_upload_mb=1))
    try:
        done = finished(queue, video)
        with running(queue) as server:
            assert go_on(server, done.id, video).status_code == 202
            check_error(go_on(server, done.id, video), 503, "queue is full")
            (tmp_path / "large.mp4").write_bytes(video.read_bytes() + bytes(1_000_000))
            check_error(go_on(server, done.id, tmp_path / "large.mp4"), 413, "larger than 1 MB")
    finally:
        queue.close()


def test_a_continuation_survives_a_restart(models: ModelSource, config: WebConfig, video: Path) -> None:
    """Catches a queued continuation that becomes a piece of its own, or uses other models than the take."""
    queue = JobQueue({"other": models, "small": models}, config)
    done = finished(queue, video, model="small")
    wanted = Continuation(job_id=done.id, take=2)
    with video.open("rb") as file:
        waiting = queue.continue_take(wanted, Submission(file, 1, "next.mp4", JobSettings(seed=3), "10.0.0.1"))
    queue.close()
    again = JobQueue({"other": models, "small": models}, config)
    try:
        claimed = again._store.claim("small")
        assert claimed is not None and claimed.id == waiting.id
        assert (claimed.continues, claimed.redo, claimed.settings.seed) == (wanted, None, 3)
        assert {path.name for path in again._folders.of(waiting.id).iterdir()} == {UPLOAD, EARLIER}
    finally:
        again.close()
