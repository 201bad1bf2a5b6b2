"""Parts of the page that need no browser."""

import pytest
import requests
from tests.web.conftest import submit, wait_for

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.web.job import Continuation, Job, JobResult, JobSettings, Redo, Stage, TakeResult
from v2meow_pipeline.web.job_queue import JobQueue

pytest.importorskip("gradio")
HOSTILE = "<script>alert('x')</script>"


def make_job(**changes: object) -> Job:
    """A job with one take."""
    take = TakeResult(
        seed=3,
        best=True,
        likelihood_gain=None,
        on_events=None,
        video="take-1.mp4",
        sound="take-1.wav",
        picture="take-1.png",
    )
    result = JobResult(
        takes=(take,), original=None, duration_s=2.0, models=HOSTILE, model_fingerprint="0", notes=(HOSTILE,)
    )
    values = {"id": "ab" * 16, "model": "m", "client": "c", "file_name": HOSTILE, "settings": JobSettings()}
    stages = (Stage(name=HOSTILE, done=1, total=2),)
    return Job.parse({**values, "created_s": 0.0, "status": "done", "stages": stages, "result": result, **changes})


def test_names_and_messages_never_become_markup() -> None:
    """Catches a file name, a model or an error that runs as a script on the page."""
    from v2meow_pipeline.web.page_html import error_html, progress_html, results_html

    failed = make_job(status="failed", error=HOSTILE, result=None)
    shown = progress_html(failed, 0) + results_html(make_job()) + error_html(HOSTILE)
    assert "<script>" not in shown.lower() and "&lt;script&gt;" in shown


def test_a_waiting_job_says_how_many_are_ahead() -> None:
    """Catches a page that seems to hang while others' jobs run."""
    from v2meow_pipeline.web.page_html import progress_html

    waiting = make_job(status="queued", stages=(), result=None)
    assert "2 jobs ahead" in progress_html(waiting, 2) and "1 job ahead" in progress_html(waiting, 1)


def test_a_redo_names_its_span_its_stages_and_the_earlier_take() -> None:
    """Catches stages that appear twice, a dead link, and the earlier take under the name of the original sound."""
    from v2meow_pipeline.web.page_html import progress_html, results_html

    wanted = Redo(job_id="cd" * 16, take=2, span="12-20")
    stages = tuple(Stage(name=f"{part}: visual features") for part in ("earlier music", "new span"))
    done = make_job(redo=wanted, stages=stages)
    done = done.model_copy(update={"result": done.result.model_copy(update={"original": "original.wav"})})  # type: ignore[union-attr]
    progress, results = progress_html(done, 0, has_earlier=True), results_html(done)
    assert "Earlier music: looking at the picture" in progress and "New span: looking at the picture" in progress
    assert f'<a href="?job={wanted.job_id}">take 2 of an earlier result</a>' in progress
    assert "<a" not in progress_html(done, 0, has_earlier=False)
    assert "0:12-0:20 redone with seed 3" in results
    assert "Earlier take" in results and "Original sound" not in results
    assert "Original sound" in results_html(done.model_copy(update={"redo": None}))


def test_a_continuation_names_the_earlier_take() -> None:
    """Catches a continued take that is shown as redone, or without the piece before it."""
    from v2meow_pipeline.web.page_html import progress_html, results_html

    done = make_job(continues=Continuation(job_id="cd" * 16, take=2))
    done = done.model_copy(update={"result": done.result.model_copy(update={"original": "original.wav"})})  # type: ignore[union-attr]
    link = f'The music continues <a href="?job={"cd" * 16}">take 2 of an earlier result</a>.'
    assert link in progress_html(done, 0, has_earlier=True) and "<a" not in progress_html(done, 0)
    assert "redone" not in results_html(done) and "Original sound" in results_html(done)


def test_values_of_a_redo_that_are_missing_or_out_of_range_name_the_field() -> None:
    """Catches an error that names a class, or an empty field that is an error."""
    from v2meow_pipeline.web.page_settings import redo_from_controls

    assert redo_from_controls("ab", 2, "1-2", "", None) == Redo(job_id="ab", take=2, span="0:01-0:02")
    for values, part in (((None, "1-2", "", None), "take: Input"), ((1, "1-2", "", -1), "seed: Input")):
        with pytest.raises(V2MeowError, match=f"The settings are not valid: {part}"):
            redo_from_controls("ab", *values)  # type: ignore[arg-type]
    with pytest.raises(V2MeowError, match="not a span of time"):
        redo_from_controls("ab", 1, "", "", None)


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ({"seed": "7", "takes": "3", "prompt": "jazz"}, {"seed": 7, "takes": 3, "prompt": "jazz"}),
        (
            {"guidance": "2.5", "keep_original": "-6", "duck": "9", "fade": "2", "loudness": "-20", "encode": "h264"},
            {"guidance": 2.5, "keep_original": -6, "duck": 9, "fade": 2, "loudness": -20, "encode": "h264"},
        ),
        (
            {"scenes": "0:00-0:12 piano jazz\n\n0:12-0:20 techno", "tempo": "120"},
            {"scenes": ("0:00-0:12 piano jazz", "0:12-0:20 techno"), "tempo": 120},
        ),
        ({"scenes": "0:12-0:00 jazz", "tempo": "9", "keep_original": "loud", "duck": "41", "prompt": "!"}, {}),
        ({"seed": "-1", "takes": "9", "encode": "gif", "guidance": "nan"}, {}),
        ({"seed": "x", "prompt": "a" * 2000, "takes": "2"}, {"takes": 2}),
        ({"other": "1"}, {}),
    ],
)
def test_settings_of_a_link(query: dict[str, str], changed: dict[str, object]) -> None:
    """Catches one bad value that costs all the others, or an unknown one that is an error."""
    from v2meow_pipeline.web.page_settings import settings_from_query

    assert settings_from_query(query) == JobSettings().model_copy(update=changed)


def test_values_out_of_range_name_the_setting() -> None:
    """Catches an error that names a class, or nothing."""
    from v2meow_pipeline.web.page_settings import NAMES, control_values, settings_from_controls

    values = dict(zip(NAMES, control_values(JobSettings()), strict=True))
    assert settings_from_controls(*values.values()) == JobSettings()
    changes: dict[str, tuple[object, str]] = {
        "duck": (99, "duck: Input"),
        "tempo": (5, "5 BPM"),
        "scenes": ("0-1", "no prompt"),
    }
    for name, (value, part) in changes.items():
        with pytest.raises(V2MeowError, match=part):
            settings_from_controls(*{**values, name: value}.values())


def test_the_page_loads_nothing_from_elsewhere(server: str) -> None:
    """Catches fonts, scripts and analytics of the network, in the page or in its configuration."""
    page = requests.get(server, timeout=30).text
    assert "fonts.googleapis" not in page and "cdnjs" not in page
    described = requests.get(f"{server}/config", timeout=30).json()
    assert described["analytics_enabled"] is False and described.get("stylesheets") in ([], [""], None)


def test_the_page_serves_no_files_of_the_server(server: str, queue: JobQueue, video: object) -> None:
    """Catches Gradio's file address giving out the database, or uploads of others."""
    job = wait_for(queue, submit(queue, video))  # type: ignore[arg-type]
    folder = queue.config.folder
    for path in (folder / "jobs.sqlite", folder / "jobs" / job.id / "upload", "/etc/passwd"):
        assert requests.get(f"{server}/gradio_api/file={path}", timeout=30).status_code in (403, 404)
