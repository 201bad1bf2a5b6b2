"""The REST API, over HTTP."""

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from tests.support.media_makers import make_constant
from tests.web.conftest import running

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.composer.earlier_result import read_earlier_result
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.job_queue import JobQueue

JOBS = "/api/v1/jobs"


def post(server: str, video: Path, **settings: Any) -> requests.Response:
    """Submits a video."""
    with video.open("rb") as file:
        return requests.post(
            server + JOBS, files={"video": (video.name, file)}, data={"takes": 1, **settings}, timeout=60
        )


def ended(server: str, job_id: str) -> dict[str, Any]:
    """The job once it has ended."""
    deadline = time.monotonic() + 300
    while True:
        job: dict[str, Any] = requests.get(f"{server}{JOBS}/{job_id}", timeout=30).json()
        if job["status"] not in ("queued", "running"):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.1)


def check_error(answer: requests.Response, status: int, part: str) -> None:
    """An error is one line of JSON."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"} and part in answer.json()["error"]
    assert "\n" not in answer.text and "Traceback" not in answer.text


def test_a_video_becomes_takes_to_download(server: str, video: Path) -> None:
    """Catches results that cannot be found from the answer, or that a browser cannot seek in."""
    scenes = ["0-0.5 fast techno", "0.5-1 slow jazz"]
    answer = post(server, video, seed=5, takes=2, prompt="calm solo piano", scene=scenes)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"{JOBS}/{answer.json()['id']}"
    job = ended(server, answer.json()["id"])
    assert job["status"] == "done", job["error"]
    assert job["settings"]["scenes"] == scenes
    assert job["settings"]["seed"] == 5 and job["expires_s"] == pytest.approx(job["finished_s"] + 86400)
    take = job["result"]["takes"][1]
    for name, kind, head in ((take["video"], "video/mp4", 4), (take["sound"], "audio/wav", 0)):
        part = requests.get(server + job["files"][name], headers={"Range": "bytes=0-99"}, timeout=30)
        assert part.status_code == 206 and len(part.content) == 100
        assert part.headers["content-type"] == kind and part.headers["x-content-type-options"] == "nosniff"
        assert part.content[head : head + 4] in (b"ftyp", b"RIFF")
    saved = requests.get(server + job["files"][take["video"]], params={"attachment": True}, timeout=30)
    assert saved.headers["content-disposition"] == 'attachment; filename="clip-take-2.mp4"'
    assert requests.delete(f"{server}{JOBS}/{job['id']}", timeout=30).status_code == 204
    check_error(requests.get(f"{server}{JOBS}/{job['id']}", timeout=30), 404, "no such job")
    check_error(requests.get(server + job["files"][take["video"]], timeout=30), 404, "no such job")


def test_options_of_the_sound_are_applied(server: str, queue: JobQueue, video: Path) -> None:
    """Catches options that are accepted and ignored: original sound, fade and loudness."""
    sounds = {}
    for name, options in {
        "alone": {},
        "mixed": {"keep_original": 0, "duck": 40},
        "quiet": {"loudness": -30},
        "faded": {"fade": 2},
        "loud": {"loudness": 0},
    }.items():
        job = ended(server, post(server, video, **options).json()["id"])
        assert job["status"] == "done", job["error"]
        misses = [note for note in job["result"]["notes"] if note.startswith("The loudness is")]
        assert len(misses) == (name == "loud") and all("LUFS, not 0.0: " in note for note in misses)
        sounds[name] = read_audio(queue.result_file(job["id"], "take-1.wav")[0], 16_000)
    power = {name: float((wave**2).mean()) for name, wave in sounds.items()}
    assert power["quiet"] < 0.1 * power["alone"]
    end = {name: float((wave[-4000:] ** 2).mean()) / power[name] for name, wave in sounds.items()}
    assert end["faded"] < 0.5 * end["alone"]
    strongest = int(np.argmax(np.abs(np.fft.rfft(sounds["mixed"]))))
    assert strongest * 16_000 / len(sounds["mixed"]) == pytest.approx(440, abs=2)


def test_a_reference_and_a_tempo_are_used(server: str, queue: JobQueue, video: Path, tmp_path: Path) -> None:
    """Catches a reference that is stored and ignored, or a bad one that stops the worker or shows a path."""

    def made_with(reference: Path | None = None, **settings: Any) -> dict[str, Any]:
        files = {"video": (video.name, video.read_bytes())}
        if reference is not None:
            files["reference"] = ("song.mp3", reference.read_bytes())
        answer = requests.post(server + JOBS, files=files, data={"takes": 1, **settings}, timeout=60)
        assert answer.status_code == 202, answer.text
        return ended(server, answer.json()["id"])

    jobs = [made_with(), made_with(video), made_with(tempo=90)]
    recipes = [read_earlier_result(queue.result_file(job["id"], "take-1.mp4")[0]).recipe for job in jobs]
    assert [recipe.reference is not None for recipe in recipes] == [False, True, False]
    assert [recipe.tempo_bpm for recipe in recipes] == [None, None, 90]
    (tmp_path / "bad.mp3").write_bytes(b"no music" * 99)
    silent = make_constant(tmp_path / "silent.mp4", Fraction(10), 2.0)
    for reference, part in ((tmp_path / "bad.mp3", "The reference"), (silent, "no readable audio stream")):
        bad = made_with(reference)
        assert bad["status"] == "failed" and part in bad["error"], bad["error"]
        assert str(queue.config.folder) not in bad["error"]
    with video.open("rb") as file, video.open("rb") as curves:
        answer = requests.post(server + JOBS, files={"video": file, "events": curves}, data={"tempo": 120}, timeout=60)
    check_error(answer, 422, "A tempo and an event file")


@pytest.mark.parametrize(
    "name",
    [b"na\xefve.mp4", "\N{CAT} \u202egpj.mp4".encode(), b"../../a\\b.mp4", b"x" * 999],
    ids=["latin-1", "direction", "path", "long"],
)
def test_any_file_name_is_accepted_and_shown_in_part(idle_queue: JobQueue, video: Path, name: bytes) -> None:
    """Catches a name that ends in an internal error, leads out of the folder, or does not fit a page."""
    head = b'--x\r\nContent-Disposition: form-data; name="video"; filename="%s"\r\n\r\n' % name
    with running(idle_queue) as server:
        answer = requests.post(
            server + JOBS,
            data=head + video.read_bytes() + b"\r\n--x--\r\n",
            headers={"Content-Type": "multipart/form-data; boundary=x"},
            timeout=60,
        )
    assert answer.status_code == 202, answer.text
    shown = answer.json()["file_name"]
    assert shown.isprintable() and len(shown) <= 100 and "/" not in shown and "\\" not in shown
    assert [path.name for path in idle_queue._folders.of(answer.json()["id"]).iterdir()] == ["upload"]


def test_a_job_is_cancelled(server: str, video: Path) -> None:
    """Catches a cancelled job that stays queued."""
    ids = [post(server, video).json()["id"] for _ in range(3)]
    for job_id in reversed(ids):
        assert requests.delete(f"{server}{JOBS}/{job_id}", timeout=30).status_code in (200, 204)
    assert ended(server, ids[-1])["status"] == "cancelled"


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"takes": 5}, "takes"),
        ({"seed": -1}, "seed"),
        ({"seed": "x"}, "seed"),
        ({"encode": "gif"}, "encode"),
        ({"prompt": "?!"}, "no words"),
        ({"prompt": "a" * 1001}, "prompt"),
        ({"scene": ["0-1 jazz", "1-0 techno"]}, "before it starts"),
        ({"scene": "0-1"}, "no prompt"),
        ({"model": "none"}, "small"),
        ({"guidance": "nan"}, "guidance"),
        ({"tempo": 10}, "10 BPM"),
        ({"tempo": "fast"}, "tempo"),
        ({"keep_original": 25}, "keep_original"),
        ({"duck": -1}, "duck"),
        ({"fade": "inf"}, "fade"),
        ({"loudness": 1}, "loudness"),
    ],
)
def test_invalid_settings_are_refused(server: str, video: Path, settings: dict[str, Any], part: str) -> None:
    """Catches settings that fail minutes later, or with a stack trace."""
    check_error(post(server, video, **settings), 422, part)


def test_requests_without_a_video_or_an_address_are_refused(server: str) -> None:
    """Catches errors in HTML."""
    check_error(requests.post(server + JOBS, data={"seed": 1}, timeout=30), 422, "video")
    check_error(requests.post(server + JOBS, json={"seed": 1}, timeout=30), 422, "video")
    check_error(requests.get(f"{server}/api/v1/nothing", timeout=30), 404, "no address")
    check_error(requests.get(f"{server}{JOBS}/../../etc/passwd", timeout=30), 404, "")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    check_error(requests.post(server + JOBS, data=b"--x\r\nbroken", headers=broken, timeout=30), 422, "")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://169.254.169.254/", "http://localhost/", "http://10.0.0.1/"]
)
def test_webhooks_into_the_network_are_refused(server: str, video: Path, url: str) -> None:
    """Catches a server that calls others in its own network for a client."""
    check_error(post(server, video, webhook=url), 403, "private, loopback or link-local")


def test_foreign_pages_and_names_are_refused(server: str, video: Path) -> None:
    """Catches a page elsewhere that sends videos here, or reads jobs by DNS rebinding."""
    with video.open("rb") as file:
        foreign = {"Origin": "http://evil.example"}
        answer = requests.post(server + JOBS, files={"video": file}, headers=foreign, timeout=30)
    check_error(answer, 403, "other pages")
    check_error(requests.get(f"{server}/api/v1/limits", headers={"Host": "evil.example"}, timeout=30), 403, "host name")
    assert requests.get(f"{server}/api/v1/limits", timeout=30).json()["models"] == ["small"]


def test_an_oversized_upload_is_refused_whether_it_states_its_size_or_not(
    models: ModelSource, video: Path, tmp_path: Path
) -> None:
    """Catches a disk that is filled before the size is checked."""
    queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "web", max_upload_mb=0.01))
    (tmp_path / "large.mp4").write_bytes(video.read_bytes() + bytes(20_000))
    try:
        with running(queue) as server:
            check_error(post(server, tmp_path / "large.mp4"), 413, "larger than 0.01 MB")
            address = urlsplit(server)
            connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
            head = b'--x\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\n\r\n'
            parts = iter([head, *[bytes(1000)] * 20, b"\r\n--x--\r\n"])
            headers = {"Content-Type": "multipart/form-data; boundary=x"}
            connection.request("POST", JOBS, parts, headers, encode_chunked=True)
            answer = connection.getresponse()
            assert (answer.status, "larger than 0.01 MB" in json.loads(answer.read())["error"]) == (413, True)
            assert requests.get(f"{server}/api/v1/limits", timeout=30).status_code == 200
        assert list((tmp_path / "web/jobs").iterdir()) == []
    finally:
        queue.close()


def test_simultaneous_uploads_are_queued_up_to_the_limits(models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches uploads that block each other, get each other's names, or pass the limit together."""
    queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "web", max_queued=20, jobs_per_hour=100))
    try:
        with running(queue) as server, ThreadPoolExecutor(25) as clients:
            answers = list(clients.map(lambda seed: post(server, video, seed=seed), range(25)))
            accepted = [(seed, answer.json()) for seed, answer in enumerate(answers) if answer.status_code == 202]
            assert [seed for seed, job in accepted] == [job["settings"]["seed"] for _, job in accepted]
            assert len({job["id"] for _, job in accepted}) == len(accepted) == 20
            for answer in answers:
                if answer.status_code != 202:
                    check_error(answer, 503, "queue is full")
            assert len(list((tmp_path / "web/jobs").iterdir())) == 20
    finally:
        queue.close()


def test_the_documentation_needs_no_network(server: str) -> None:
    """Catches documentation that loads scripts or styles from elsewhere."""
    page = requests.get(f"{server}/api/v1/docs", timeout=30).text
    assert "//cdn" not in page and "https://" not in page
    for path in ("docs-files/swagger-ui-bundle.js", "docs-files/swagger-ui.css", "docs-files/favicon.png"):
        assert path in page and requests.get(f"{server}/api/v1/{path}", timeout=30).status_code == 200
    described = requests.get(f"{server}/api/v1/openapi.json", timeout=30).json()
    assert set(described["paths"]) == {
        JOBS,
        f"{JOBS}/{{job_id}}",
        f"{JOBS}/{{job_id}}/redo",
        f"{JOBS}/{{job_id}}/continue",
        f"{JOBS}/{{job_id}}/results/{{name}}",
        "/api/v1/limits",
    }
    assert set(described["paths"][JOBS]["post"]["responses"]) == {"202", "404", "413", "422", "429", "503", "507"}
