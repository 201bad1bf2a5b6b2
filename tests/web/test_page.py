"""The page in headless Chromium: what a person sees, plays and downloads."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import DESKTOP, PHONE, CheckedPage, violations, widths
from tests.support.hard_videos import MAY_BE_READ, UNUSABLE, UNUSUAL, gif, joined
from tests.web.conftest import running, submit, wait_for

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.job import Continuation, Redo
from v2meow_pipeline.web.job_queue import JobQueue

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow

DONE_MS = 180_000


class Visit(CheckedPage):
    """The page of the server."""

    def __init__(self, browser: "Browser", server: str, size: dict[str, int], query: str = "") -> None:
        super().__init__(browser, f"{server}/{query}", size, server)
        self.page.wait_for_selector("#generate")

    def upload(self, video: Path) -> None:
        """Chooses a file, and waits until the page shows it."""
        self.page.set_input_files("#video input[type=file]", video)
        self.page.wait_for_selector("#video video")

    def generate(self) -> None:
        """Generates music, and waits for the takes."""
        self.page.click("#generate")
        self.page.wait_for_selector(".v2-take, .v2-error", timeout=DONE_MS)
        assert self.page.locator(".v2-error").all_inner_texts() == []

    def value(self, field: str) -> str:
        """Value of the input in a control."""
        return self.page.locator(f"#{field} textarea, #{field} input").first.input_value()


def test_upload_generate_play_compare_and_download(
    browser: "Browser", server: str, video: Path, tmp_path: Path
) -> None:
    """Catches a page on which one of the steps from a video to its soundtrack does nothing."""
    visit = Visit(browser, server, DESKTOP)
    page = visit.page
    assert violations(page) == []
    visit.upload(video)
    page.get_by_role("button", name="Upbeat pop").click()
    page.locator("#seed input").fill("7")
    page.locator("#takes input[type=number]").fill("2")
    page.keyboard.press("Tab")
    visit.generate()
    assert [text.split(" ")[3] for text in page.locator(".v2-take h2").all_inner_texts()] == ["7", "8"]
    assert page.locator(".v2-best").count() == 1
    assert violations(page) == []
    assert all(page.evaluate("[...document.querySelectorAll('.v2-take img')].map((i) => (i.loading = 'eager', true))"))
    page.wait_for_function(
        "[...document.querySelectorAll('.v2-take img')].every((i) => i.complete && i.naturalWidth > 500)"
    )

    players = "document.querySelectorAll('.v2-take:first-child :is(video, audio)')"
    state = f"(([video, audio]) => video.muted && !audio.paused)({players})"
    page.evaluate("document.querySelector('.v2-take video').play()")
    page.wait_for_function("document.querySelector('.v2-take video').currentTime > 0.3")
    page.get_by_role("radio", name="Original sound").first.check()
    page.wait_for_function(state)
    page.get_by_role("radio", name="Music").first.check()
    assert page.evaluate(state) is False

    for name, suffix in (("Download MP4", ".mp4"), ("Download WAV", ".wav")):
        with page.expect_download() as started:
            page.get_by_role("link", name=name).last.click()
        assert started.value.suggested_filename == f"clip-take-2{suffix}"
        started.value.save_as(tmp_path / f"take{suffix}")
    assert probe(tmp_path / "take.mp4").has_audio
    assert (tmp_path / "take.wav").read_bytes()[:4] == b"RIFF"
    visit.close()


def test_a_phone_shows_everything_without_scrolling_sideways(browser: "Browser", server: str, video: Path) -> None:
    """Catches a page that is wider than a phone, and targets that are too small to touch."""
    visit = Visit(browser, server, PHONE)
    page = visit.page
    assert widths(page) == (390, 390)
    visit.upload(video)
    visit.generate()
    assert widths(page) == (390, 390)
    for target in page.locator("#generate, #cancel, .v2-button, .v2-sound label").all():
        box = target.bounding_box()
        assert box is not None and box["height"] >= 32 and box["x"] >= 0 and box["x"] + box["width"] <= 390
    address = page.url
    assert re.search(r"job=[0-9a-f]{32}$", address)
    page.goto(address)
    page.wait_for_selector(".v2-take")
    visit.close()


def test_a_link_opens_its_settings(browser: "Browser", server: str) -> None:
    """Catches a link that loses settings, or that an edited value breaks."""
    query = "?prompt=calm+%3Cb%3Epiano&seed=11&takes=3"
    visit = Visit(browser, server, DESKTOP, query)
    visit.page.wait_for_function("document.querySelector('#seed input').value === '11'")
    assert visit.value("prompt") == "calm <b>piano"
    assert visit.page.locator("#takes input[type=number]").input_value() == "3"
    visit.page.wait_for_function("document.querySelector('#link textarea')?.value.includes('takes=3')")
    assert visit.value("link") == f"{server}/{query}"
    visit.close()
    edited = Visit(browser, server, DESKTOP, "?seed=-1&takes=nine&prompt=jazz")
    edited.page.wait_for_function("document.querySelector('#prompt textarea').value === 'jazz'")
    assert edited.value("seed") == "0"
    edited.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_setting_reaches_the_job(
    browser: "Browser", server: str, queue: JobQueue, video: Path, size: dict[str, int]
) -> None:
    """Catches a control that does nothing, is wider than a phone, or is missing from the link."""
    visit = Visit(browser, server, size)
    page = visit.page
    visit.upload(video)
    for part in ("Scenes, style and tempo", "Sound and video"):
        page.get_by_role("button", name=part).click()
    page.locator("#scenes textarea").fill("0-0.5 fast techno\n0.5-1 slow jazz")
    page.set_input_files("#reference input[type=file]", video)
    page.wait_for_selector("#reference >> text=clip.mp4")
    values = {"tempo": 90.0, "keep_original": -9.0, "duck": 12.0, "fade": 0.5, "loudness": -20.0}
    for name, value in values.items():
        page.locator(f"#{name} input").fill(f"{value:g}")
    page.locator("#takes input[type=number]").fill("1")
    page.keyboard.press("Tab")
    assert violations(page) == []
    assert widths(page) == (size["width"], size["width"])
    visit.generate()
    job = queue.get(re.findall(r"job=([0-9a-f]{32})$", page.url)[0])
    assert job.has_reference and job.settings.scenes == ("0-0.5 fast techno", "0.5-1 slow jazz")
    assert {name: getattr(job.settings, name) for name in values} == {
        name: float(text) for name, text in values.items()
    }
    link = visit.value("link")
    assert "reference" not in link and "clip" not in link
    visit.close()
    again = Visit(browser, server, size, link.removeprefix(f"{server}/"))
    again.page.wait_for_function("document.querySelector('#link textarea')?.value.includes('tempo=90')")
    assert again.value("link") == link
    again.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_span_of_a_take_is_redone(
    browser: "Browser", server: str, queue: JobQueue, video: Path, size: dict[str, int]
) -> None:
    """Catches a group that is shown too early, errors that remove the takes, and a redo that cannot be redone."""
    first = wait_for(queue, submit(queue, video, takes=2))
    empty = Visit(browser, server, size)
    assert not empty.page.locator("#redo").is_visible()
    empty.close()
    visit = Visit(browser, server, size, f"?job={first.id}")
    page = visit.page
    page.wait_for_selector("#redo_start")
    assert visit.value("redo_seed") == ""
    page.locator("#redo_span textarea, #redo_span input").fill("1.5-0.5")
    page.click("#redo_start")
    page.wait_for_selector("#redo .v2-error >> text=ends before it starts")
    assert page.locator(".v2-take").count() == 2
    page.locator("#redo_take").get_by_role("radio", name="2", exact=True).check()
    page.locator("#redo_span textarea, #redo_span input").fill("0.5-1.5")
    page.locator("#redo_prompt textarea, #redo_prompt input").fill("fast techno")
    page.locator("#redo_seed input").fill("41")
    page.keyboard.press("Tab")
    assert violations(page) == []
    assert widths(page) == (size["width"], size["width"])
    for target in page.locator("#redo_start, #redo_take label").all():
        box = target.bounding_box()
        assert box is not None and box["height"] >= 32 and box["x"] + box["width"] <= size["width"]
    page.click("#redo_start")
    page.wait_for_selector("h2 >> text=0:00.5-0:01.5 redone with seed 41", timeout=DONE_MS)
    second = queue.get(re.findall(r"job=([0-9a-f]{32})$", page.url)[0])
    assert second.redo == Redo(job_id=first.id, take=2, span="0.5-1.5", prompt="fast techno", seed=41)
    assert page.get_by_role("radio", name="Earlier take").is_visible()
    assert page.locator("#redo .v2-error").count() == 0
    assert violations(page) == []
    assert widths(page) == (size["width"], size["width"])
    page.locator("#redo_seed input").fill("")
    page.click("#redo_start")
    page.wait_for_selector(f"a[href='?job={second.id}']", timeout=DONE_MS)
    page.wait_for_selector("#redo_start", timeout=DONE_MS)
    third = queue.get(re.findall(r"job=([0-9a-f]{32})$", page.url)[0])
    assert third.redo is not None and third.redo.seed is None
    assert page.locator("#redo_take").get_by_role("radio", name="2", exact=True).count() == 0
    page.get_by_role("link", name="take 1 of an earlier result").click()
    page.wait_for_selector("h2 >> text=redone with seed 41")
    visit.close()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_take_is_continued_on_the_next_video(
    browser: "Browser", server: str, queue: JobQueue, video: Path, size: dict[str, int]
) -> None:
    """Catches a group that is shown too early, errors that remove the takes, and settings that are not the page's."""
    first = wait_for(queue, submit(queue, video, takes=2))
    visit = Visit(browser, server, size, f"?takes=1&seed=9&prompt=jazz&job={first.id}")
    page = visit.page
    page.wait_for_selector("#continue")
    page.get_by_role("button", name="Continue a take on the next video").click()
    page.click("#continue_start")
    page.wait_for_selector("#continue .v2-error >> text=There is no video.")
    assert page.locator(".v2-take").count() == 2
    page.locator("#continue_take").get_by_role("radio", name="2", exact=True).check()
    page.set_input_files("#continue_video input[type=file]", video)
    page.wait_for_selector("#continue_video video")
    assert violations(page) == []
    assert widths(page) == (size["width"], size["width"])
    for target in page.locator("#continue_start, #continue_take label").all():
        box = target.bounding_box()
        assert box is not None and box["height"] >= 32 and box["x"] + box["width"] <= size["width"]
    page.click("#continue_start")
    page.wait_for_selector(f"a[href='?job={first.id}']", timeout=DONE_MS)
    page.wait_for_selector("h2 >> text=Take 1, seed 9", timeout=DONE_MS)
    second = queue.get(re.findall(r"job=([0-9a-f]{32})$", page.url)[0])
    assert second.continues == Continuation(job_id=first.id, take=2) and second.settings.prompt == "jazz"
    assert page.locator("#continue .v2-error, #continue_video video").count() == 0
    visit.close()


def test_a_wrong_scene_is_explained(browser: "Browser", server: str, video: Path) -> None:
    """Catches a setting that is refused without a word."""
    visit = Visit(browser, server, DESKTOP, "?takes=1")
    visit.upload(video)
    visit.page.get_by_role("button", name="Scenes, style and tempo").click()
    visit.page.locator("#scenes textarea").fill("piano, then drums")
    visit.page.click("#generate")
    visit.page.wait_for_selector(".v2-error >> text=is not a span of time")
    visit.page.locator("#scenes textarea").fill("0:00-9:00 piano")
    visit.page.click("#generate")
    visit.page.wait_for_selector("text=The job failed")
    visit.close()


def test_a_recording_gets_music(browser: "Browser", server: str) -> None:
    """Catches a recording (WebM without a duration, in VP8) that cannot be used."""
    visit = Visit(browser, server, DESKTOP)
    page = visit.page
    page.get_by_label("Capture from camera").click()
    page.get_by_text("Click to Access Webcam").click()
    page.get_by_label("start recording").click()
    page.wait_for_timeout(6000)
    page.get_by_text("Stop", exact=True).click()
    page.wait_for_selector("#video video[src]")
    visit.generate()
    visit.close()


def test_errors_and_cancellation_are_shown(browser: "Browser", server: str, queue: JobQueue, tmp_path: Path) -> None:
    """Catches a page that waits for ever for a job that failed, or shows an error as markup."""
    visit = Visit(browser, server, DESKTOP)
    visit.page.click("#generate")
    visit.page.wait_for_selector("text=There is no video.")
    visit.close()
    (tmp_path / "<b>bad.mp4").write_bytes(b"no video" * 99)
    bad = wait_for(queue, submit(queue, tmp_path / "<b>bad.mp4"))
    failed = Visit(browser, server, DESKTOP, f"?job={bad.id}")
    failed.page.wait_for_selector("text=The job failed")
    assert "<b>bad.mp4" in failed.page.inner_text(".v2-error")
    assert failed.page.locator("#generate").is_enabled()
    failed.close()


def test_refused_uploads_are_explained(browser: "Browser", models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches a page that says nothing when an upload is too large, or the queue is full before or after the upload."""
    queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "web", max_upload_mb=0.3, max_queued=1))
    (tmp_path / "large.mp4").write_bytes(video.read_bytes() + bytes(400_000))
    try:
        with running(queue) as server:
            page = browser.new_page()
            page.goto(server)
            page.wait_for_selector("#generate")
            page.set_input_files("#video input[type=file]", tmp_path / "large.mp4")
            page.wait_for_selector("text=exceed the maximum allowed size")
            page.goto(server)
            page.wait_for_selector("#generate")
            page.set_input_files("#video input[type=file]", video)
            page.wait_for_selector("#video video")
            submit(queue, video)
            page.click("#generate")
            page.wait_for_selector(".v2-error >> text=The queue is full")
            page.goto(server)
            page.wait_for_selector("#generate")
            page.set_input_files("#video input[type=file]", video)
            page.wait_for_selector("text=The queue is full")
            page.close()
    finally:
        queue.close()


@pytest.mark.parametrize("size", [0, 2000])
def test_a_file_that_is_no_video_is_explained(
    browser: "Browser", server: str, video: Path, tmp_path: Path, size: int
) -> None:
    """Catches text or a truncated video with the name of a video that the page waits for."""
    (tmp_path / "evil.mp4").write_bytes(video.read_bytes()[:size] or b"this is no film" * 99)
    page = browser.new_page()
    page.goto(server)
    page.wait_for_selector("#generate")
    page.set_input_files("#video input[type=file]", tmp_path / "evil.mp4")
    page.wait_for_selector("#video video", state="attached")
    page.click("#generate")
    page.wait_for_selector(".v2-error", timeout=DONE_MS)
    assert "evil.mp4" in page.inner_text(".v2-error")
    page.close()


NO_VIDEO_TO_THE_BROWSER = (gif, joined)


@pytest.mark.parametrize("make", [*(make for make, _ in UNUSUAL), *UNUSABLE])
def test_videos_that_are_hard_to_read(
    browser: "Browser", server: str, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    """Catches a file that the page refuses or waits for without a word, though the command line takes it."""
    page = browser.new_page()
    page.goto(f"{server}/?takes=1")
    page.wait_for_selector("#generate")
    path = make(tmp_path)
    page.set_input_files("#video input[type=file]", path)
    refused = page.get_by_text("Invalid file type")
    page.locator("#video video").or_(refused).first.wait_for(state="attached")
    if refused.count():  # by the browser's type of the file, which docs/how-to/web.md says
        assert make in (*NO_VIDEO_TO_THE_BROWSER, *UNUSABLE)
    else:
        page.click("#generate")
        page.wait_for_selector(".v2-take, .v2-error", timeout=DONE_MS)
        errors = page.locator(".v2-error").all_inner_texts()
        assert make in UNUSABLE if errors else make in (*(make for make, _ in UNUSUAL), *MAY_BE_READ)
        assert all(path.name in error for error in errors)
    page.close()


def test_the_documentation_of_the_api_works_offline(browser: "Browser", server: str) -> None:
    """Catches documentation that loads nothing without a network."""
    documentation = CheckedPage(browser, f"{server}/api/v1/docs", DESKTOP, server)
    documentation.page.wait_for_selector("text=Submit a video")
    documentation.close()
