"""The pages of a study in headless Chromium: simulated raters with a known preference, and their analysis."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import DESKTOP, LONG_MS, PHONE, CheckedPage, violations, widths
from tests.support.servers import serving_in_thread
from tests.support.simulated_rater import SimulatedRater
from tests.support.study_folders import make_inputs

from v2meow_pipeline.study.analysis.analyse import analyse_study
from v2meow_pipeline.study.session import StudySessions

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

SHARE, RATERS, CLIPS = 0.75, 3, 4


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> StudySessions:
    """A study of two systems on short videos."""
    from v2meow_pipeline.study.config import StudyConfig
    from v2meow_pipeline.study.create import create_study

    folder = tmp_path_factory.mktemp("study")
    inputs = make_inputs(folder, CLIPS)
    videos = inputs.pop("videos")
    create_study(folder / "study", inputs, videos, StudyConfig(min_listen_s=0.5, checks=1))
    return StudySessions(folder / "study")


@pytest.fixture(scope="module")
def server(sessions: StudySessions) -> Iterator[str]:
    """Address of a server of the study, in a thread of this process."""
    pytest.importorskip("uvicorn")
    from v2meow_pipeline.study.server import make_app

    with serving_in_thread(make_app(sessions)) as address:
        yield f"{address}/"


def check(visit: CheckedPage) -> None:
    """Fails if the page is wider than the window, breaks a rule of axe-core, or reported an error."""
    assert violations(visit.page) == []
    content, window = widths(visit.page)
    assert content <= window
    assert visit.problems == []


def test_raters_with_a_known_preference(browser: "Browser", server: str, sessions: StudySessions) -> None:
    """Catches votes that reach the analysis for the wrong system, or not at all, and intervals that miss the truth."""
    wins = {"relevance": 0, "preference": 0}
    for number in range(RATERS):
        visit = CheckedPage(browser, server, PHONE if number == 1 else DESKTOP)
        rater = SimulatedRater(visit.page, sessions, "b", SHARE, seed=number)
        rater.consent()
        rater.pass_headphone_check()
        rater.begin()
        for trial in range(CLIPS + 1):
            if trial == 2 and number == 0:  # continues after a reload
                visit.page.reload(timeout=LONG_MS)
                rater.begin()
            if trial == 1:  # axe-core and layout, on a desktop and on a phone
                visit.page.get_by_role("button", name="Play music 1").wait_for()
                check(visit)
            rater.answer()
        rater.finish()
        check(visit)
        assert rater.rater.status() == "finished" and rater.rater.comment == "no comment"
        wins = {question: count + rater.wins[question] for question, count in wins.items()}
        visit.close()
    analysis = analyse_study(sessions.folder)
    assert (analysis.raters, len(analysis.used), analysis.left_out) == (RATERS, RATERS * CLIPS, 0)
    for result in analysis.questions:
        (row,) = result.pairs
        assert (row.losses, row.wins, row.ties) == (wins[result.question], row.votes - row.losses, 0)
        assert row.wilson.low <= 1 - SHARE <= row.wilson.high
        strengths = {each.system: each.strength for each in result.strengths}
        assert strengths["b"] > strengths["a"]


def test_the_keyboard_is_enough(browser: "Browser", server: str, sessions: StudySessions) -> None:
    """Catches a control that only a mouse reaches."""
    visit = CheckedPage(browser, server, DESKTOP)
    page = visit.page
    page.get_by_role("heading", name="Taking part").wait_for(timeout=LONG_MS)
    check(visit)
    for key in ("Tab", "Space", "Tab", "Enter"):  # consent, start
        page.keyboard.press(key)
    page.get_by_role("heading", name="Headphones and volume").wait_for(timeout=LONG_MS)
    for key in ("Tab", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("You can answer now").wait_for(timeout=LONG_MS)
    check(visit)
    page.get_by_role("button", name="Continue").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Headphone check, 1 of 6").wait_for(timeout=LONG_MS)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Stop and delete").focus()
    before = len(sessions._store.raters())
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Taking part").wait_for(timeout=LONG_MS)
    assert len(sessions._store.raters()) == before - 1
    visit.close()
