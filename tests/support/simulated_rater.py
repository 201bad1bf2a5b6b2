"""A rater who takes part in a listening study through its pages, with a known preference."""

import re
from typing import TYPE_CHECKING

import numpy as np
from tests.support.browser import LONG_MS

from v2meow_pipeline.study.plan import Trial
from v2meow_pipeline.study.rater import Rater
from v2meow_pipeline.study.session import StudySessions

if TYPE_CHECKING:
    from playwright.sync_api import Page

TONES = ("First", "Second", "Third")


class SimulatedRater:
    """Goes through the pages; prefers one system with a probability, in both questions independently.

    The answers to headphone and attention checks, and the systems behind the tracks, are read from the study's folder,
    since the pages do not contain them.
    """

    def __init__(self, page: "Page", sessions: StudySessions, system: str, share: float, seed: int) -> None:
        self.page, self.sessions = page, sessions
        self.system, self.share, self.random = system, share, np.random.default_rng(seed)
        self.wins = {"relevance": 0, "preference": 0}
        page.set_default_timeout(LONG_MS)

    @property
    def rater(self) -> Rater:
        """The rater's record; the page keeps its identifier."""
        key = f"v2meow-study-{self.sessions.design.id}"
        return self.sessions.get(self.page.evaluate("key => localStorage.getItem(key)", key))

    def consent(self) -> None:
        """Agrees to take part."""
        self.page.get_by_role("checkbox").check()
        self.page.get_by_role("button", name="Start").click()

    def pass_headphone_check(self) -> None:
        """Sets the volume, and finds the quietest tone of each sound."""
        self.page.get_by_role("heading", name="Headphones and volume").wait_for()
        self._play_and_choose("Continue")
        for number, sound in enumerate(self.rater.plan.headphones[0], start=1):
            self.page.get_by_role("heading", name=f"Headphone check, {number} of").wait_for()
            self._play_and_choose(TONES[self.sessions.design.headphone_sounds[sound].quietest])

    def begin(self) -> None:
        """Leaves the instructions, which a reload shows again."""
        self.page.get_by_role("button", name=re.compile("Begin|Continue")).click()

    def answer(self) -> Trial:
        """Answers the trial that is shown."""
        heading = self.page.get_by_role("heading", name=re.compile(r"Video \d+ of \d+"))
        heading.wait_for()
        shown = heading.inner_text()
        trial = self.rater.plan.trials[int(shown.split()[1]) - 1]
        self.listen()
        if trial.kind == "check":
            self._choose(0, 4 if trial.beeps_second else 0)
        else:
            self._vote(trial)
        self.page.get_by_role("button", name="Next").click()
        heading.filter(has_text=shown).wait_for(state="detached")
        return trial

    def listen(self) -> None:
        """Plays both tracks until the answer can be given."""
        assert self.page.get_by_role("button", name="Next").is_disabled()
        self.page.get_by_role("button", name="Play music 1").click()
        self.page.locator("#heard", has_text="music 2 too").wait_for()
        self.page.get_by_role("button", name="Play music 2").click()
        self.page.locator("#heard", has_text="You can answer now").wait_for()

    def finish(self) -> None:
        """Leaves a comment, and waits for the end."""
        self.page.get_by_label("Is there anything").fill("no comment")
        self.page.get_by_role("button", name="Finish").click()
        self.page.get_by_text("Your answers are stored.").wait_for()

    def _vote(self, trial: Trial) -> None:
        for number, question in enumerate(self.wins):
            wins = bool(self.random.random() < self.share)
            self.wins[question] += wins
            is_second = wins == (trial.second_system == self.system)
            self._choose(number, int(self.random.integers(3, 5)) if is_second else int(self.random.integers(0, 2)))

    def _choose(self, question: int, point: int) -> None:
        self.page.locator(f"input[name=Q{question}]").nth(point).check()

    def _play_and_choose(self, label: str) -> None:
        self.page.get_by_role("button", name="Play the sound").click()
        self.page.get_by_role("button", name=label, exact=True).click()
