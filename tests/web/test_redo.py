"""Spans of a take that are generated anew: the REST API, the queue and the job."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from tests.web.conftest import running, submit, wait_for
from tests.web.test_api import JOBS, check_error, ended, post

from v2meow_pipeline.composer import Composer, ModelSource
from v2meow_pipeline.composer.earlier_result import read_earlier_result
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.containers import SAMPLE_RATE_HZ
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.errors import RequestError
from v2meow_pipeline.web.job import Job, JobResult, JobSettings, Redo, TakeResult
from v2meow_pipeline.web.job_queue import JobQueue
from v2meow_pipeline.web.run_job import EARLIER, UPLOAD, Task, run_task

SPAN_S = (0.6, 1.4)
# The encoder's frames overlap the ends of the span.
FRAME_S = 0.05


def redo(server: str, job_id: str, **fields: Any) -> requests.Response:
    """Asks for new music in a span."""
    values = {"take": 1, "span": "{}-{}".format(*SPAN_S), **fields}
    return requests.post(f"{server}{JOBS}/{job_id}/redo", data=values, timeout=60)


def sound(queue: JobQueue, job_id: str, name: str) -> np.ndarray:
    """Sound of a result, float32 [n, channel]."""
    return read_audio(queue.result_file(job_id, name)[0], SAMPLE_RATE_HZ, mono=False)


def check_changed_inside(before: np.ndarray, after: np.ndarray) -> None:
    """Outside the span the sounds differ by the error of the encoder only, and inside by much more."""
    bounds = [round((bound + step) * SAMPLE_RATE_HZ) for bound, step in zip(SPAN_S, (-FRAME_S, FRAME_S), strict=True)]
    assert before.shape == after.shape
    error, power = (np.square(wave).sum(axis=1) for wave in (after - before, before))
    outside = [error[: bounds[0]].sum() / power[: bounds[0]].sum(), error[bounds[1] :].sum() / power[bounds[1] :].sum()]
    inside = error[slice(*bounds)].sum() / power[slice(*bounds)].sum()
    assert max(outside) < 0.02 and inside > 0.2, (outside, inside)


def finished(queue: JobQueue, video: Path, client: str = "10.0.0.1", **settings: object) -> Job:
    """A job of a queue without workers that ended with two takes; their files are copies of the video."""
    job = submit(queue, video, client, **settings)
    queue._store.claim("small")
    names = [f"take-{number}" for number in (1, 2)]
    takes = tuple(
        TakeResult(
            seed=0,
            best=False,
            likelihood_gain=None,
            on_events=None,
            video=f"{name}.mp4",
            sound=f"{name}.wav",
            picture=f"{name}.png",
        )
        for name in names
    )
    for take in takes:
        (queue._folders.of(job.id) / take.video).write_bytes(video.read_bytes())
    result = JobResult(takes=takes, original=None, duration_s=2.0, models="small", model_fingerprint="0")
    queue._store.finish(job.id, "done", result)
    return queue.get(job.id)


def test_the_sound_outside_the_span_stays_also_when_it_is_redone_again(
    server: str, queue: JobQueue, video: Path
) -> None:
    """Catches another take, settings or mixing than the earlier one's, and files that went with the earlier job.

    The original sound is mixed in, the video is encoded again, and guidance is not the models' own.
    """
    settings = {"seed": 5, "takes": 2, "guidance": 2, "keep_original": -6, "encode": "h264", "prompt": "calm piano"}
    first = ended(server, post(server, video, **settings).json()["id"])
    assert first["status"] == "done", first["error"]
    before = sound(queue, first["id"], "take-2.wav")
    answer = redo(server, first["id"], take=2, prompt="fast techno")
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"{JOBS}/{answer.json()['id']}"
    assert requests.delete(f"{server}{JOBS}/{first['id']}", timeout=30).status_code == 204
    second = ended(server, answer.json()["id"])
    assert second["status"] == "done", second["error"]
    wanted = {"job_id": first["id"], "take": 2, "span": "0:00.6-0:01.4", "prompt": "fast techno", "seed": None}
    assert second["redo"] == wanted and second["settings"] == {**first["settings"], "takes": 1}
    assert (second["file_name"], second["model"]) == (first["file_name"], first["model"])
    assert [take["seed"] for take in second["result"]["takes"]] == [7]
    assert set(second["files"]) == {"take-1.mp4", "take-1.wav", "take-1.png", "original.wav"}
    after = sound(queue, second["id"], "take-1.wav")
    check_changed_inside(before, after)
    np.testing.assert_array_equal(sound(queue, second["id"], "original.wav"), before)
    names = [stage["name"] for stage in second["stages"]]
    parts = ["visual features", "semantic tokens", "coarse_audio tokens"]
    of_parts = [f"{part}: {name}" for part in ("earlier music", "new span") for name in parts]
    assert names == ["check of the video", "load", *of_parts, "mux", "pictures"]

    third = ended(server, redo(server, second["id"], seed=99).json()["id"])
    assert third["status"] == "done", third["error"]
    assert [take["seed"] for take in third["result"]["takes"]] == [99]
    check_changed_inside(after, sound(queue, third["id"], "take-1.wav"))
    recipe = read_earlier_result(queue.result_file(third["id"], "take-1.mp4")[0]).recipe
    assert [(span.start_s, span.end_s, span.prompt, span.seed) for span in recipe.redone] == [
        (*SPAN_S, "fast techno", 7),
        (*SPAN_S, None, 99),
    ]


def test_events_and_reference_of_the_earlier_job_hold_for_the_span(
    server: str, queue: JobQueue, video: Path, tmp_path: Path
) -> None:
    """Catches an event file that is lost with the earlier job, and a reference that would be needed again."""
    (tmp_path / "events.csv").write_text("time_s,accent,energy\n0,0,0.2\n0.5,1,0.9\n1,0,0.2\n1.5,1,0.9\n")
    files = {name: (name, path.read_bytes()) for name, path in (("video", video), ("reference", video))}
    files["events"] = ("events.csv", (tmp_path / "events.csv").read_bytes())
    first = ended(server, requests.post(server + JOBS, files=files, data={"takes": 1}, timeout=60).json()["id"])
    assert first["status"] == "done", first["error"]
    second = ended(server, redo(server, first["id"]).json()["id"])
    assert second["status"] == "done", second["error"]
    third = ended(server, redo(server, second["id"]).json()["id"])
    assert third["status"] == "done", third["error"]


def test_what_cannot_be_redone_is_refused_in_one_line(
    server: str, queue: JobQueue, video: Path, tmp_path: Path
) -> None:
    """Catches requests that fail minutes later, and errors of another status."""
    done = ended(server, post(server, video).json()["id"])
    for fields, status, part in (
        ({"take": 2}, 404, "There is no take 2. The job has 1 take"),
        ({"take": 0}, 422, "take"),
        ({"take": "x"}, 422, "take"),
        ({"span": "soon"}, 422, "is not a span of time. Write START-END"),
        ({"span": "1.4-0.6"}, 422, "ends before it starts"),
        ({"span": "1-1.2"}, 422, "too short"),
        ({"span": "5-9"}, 422, "outside the video"),
        ({"span": "1" * 101}, 422, "span"),
        ({"span": ""}, 422, "span"),
        ({"prompt": "?!"}, 422, "no words"),
        ({"seed": -1}, 422, "seed"),
        ({"webhook": "http://localhost/"}, 403, "private"),
    ):
        check_error(redo(server, done["id"], **fields), status, part)
    check_error(redo(server, "0" * 32), 404, "no such job")
    (tmp_path / "bad.mp4").write_bytes(b"no video" * 99)
    failed = wait_for(queue, submit(queue, tmp_path / "bad.mp4"))
    check_error(redo(server, failed.id), 422, "The job is failed and has no takes. Choose a job that is done.")


def test_limits_hold_for_redos(models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches a way around the limits of clients, queue and disk."""
    queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "web", max_queued=2, jobs_per_hour=2))
    try:
        done = finished(queue, video)
        with running(queue) as server:
            assert [redo(server, done.id).status_code for _ in range(2)] == [202, 202]
            check_error(redo(server, done.id), 503, "queue is full")
            for job_id in queue._store.ids() - {done.id}:
                queue.cancel(job_id)
            check_error(redo(server, done.id), 429, "submitted 2 jobs in an hour")
        assert [folder.name for folder in (tmp_path / "web/jobs").iterdir()] == [done.id]
        assert not [*(tmp_path / "web/incoming").iterdir()]
    finally:
        queue.close()


def test_a_redo_survives_a_restart(models: ModelSource, config: WebConfig, video: Path) -> None:
    """Catches a queued redo that becomes a new piece, or that lost its files."""
    queue = JobQueue({"small": models}, config)
    done = finished(queue, video)
    wanted = Redo(job_id=done.id, take=2, span="0.5-1.5", prompt="jazz", seed=4)
    waiting = queue.redo(wanted, "10.0.0.1")
    queue.close()
    again = JobQueue({"small": models}, config)
    try:
        claimed = again._store.claim("small")
        assert claimed is not None and claimed.id == waiting.id and claimed.redo == wanted
        assert {path.name for path in again._folders.of(waiting.id).iterdir()} == {UPLOAD, EARLIER}
    finally:
        again.close()


def test_files_that_are_deleted_meanwhile_are_explained(idle_queue: JobQueue, video: Path) -> None:
    """Catches a traceback when the earlier job expires during the request."""
    done = finished(idle_queue, video)
    idle_queue._folders.delete(done.id)
    with pytest.raises(RequestError, match=r"files of the job were deleted. Submit the video again") as refused:
        idle_queue.redo(Redo(job_id=done.id, take=1, span="0-1"), "10.0.0.1")
    assert refused.value.status == 404


def test_a_span_with_a_prompt_without_words_is_refused_before_anything_is_stored() -> None:
    """Catches a check that only the API makes."""
    for values, part in (({"prompt": "?"}, "no words"), ({"span": "x"}, "not a span")):
        with pytest.raises(ConfigError, match=part):
            Redo.parse({"job_id": "0", "take": 1, "span": "0-1", **values})
    assert Redo(job_id="0", take=1, span="61-62.5", prompt="").model_dump() == {
        "job_id": "0",
        "take": 1,
        "span": "1:01-1:02.5",
        "prompt": None,
        "seed": None,
    }


def test_a_take_of_other_models_is_explained_without_options_of_the_command(
    queue: JobQueue, models: ModelSource, video: Path, tmp_path: Path
) -> None:
    """Catches a remedy that a user of the page cannot follow."""
    done = wait_for(queue, submit(queue, video))
    composer = Composer.from_pretrained(models.folder)
    other = Composer(dataclasses.replace(composer.bundle, fingerprint="other"), composer.config)
    (tmp_path / UPLOAD).write_bytes(video.read_bytes())
    (tmp_path / EARLIER).write_bytes(queue.result_file(done.id, "take-1.mp4")[0].read_bytes())
    task = Task(tmp_path, JobSettings(), False, False, Redo(job_id=done.id, take=1, span="0-1"))
    with pytest.raises(StaleError, match=r"made by other models: .* Submit the video again\.$"):
        run_task(task, other, models)
