"""Records of a study: a rater, a vote, and an answer to an attention check."""

from typing import Literal

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.study.plan import Plan

Status = Literal["headphones", "trials", "comment", "finished", "excluded"]
# Points of the five-point scale: negative for the first track, positive for the second.
SCALE = 2


class Rater(Config):
    """A rater.

    Attributes:
        id: random identifier, the only permission that the rater needs.
        number: number of the rater, from 0, which determines the plan.
        participant: identifier of a recruiting platform, or None.
        browser: properties of the browser.
        plan: trials, and sounds of the headphone check.
        created_s: time of consent, Unix seconds.
        headphones_passed: whether the last attempt at the headphone check was passed; None before the first.
        headphone_attempts: number of attempts at the headphone check.
        finished_s: end of the session, Unix seconds, or None.
        comment: comment of the rater.
        done: indices of the answered trials.
    """

    id: str
    number: int
    participant: str | None
    browser: dict[str, str | int | float | bool | None]
    plan: Plan
    created_s: float
    headphones_passed: bool | None = None
    headphone_attempts: int = 0
    finished_s: float | None = None
    comment: str = ""
    done: frozenset[int] = frozenset()

    def status(self) -> Status:
        """Part of the session that comes next."""
        if self.finished_s is not None:
            return "finished"
        if not self.headphones_passed:
            return "headphones" if self.headphone_attempts < len(self.plan.headphones) else "excluded"
        return "trials" if len(self.done) < len(self.plan.trials) else "comment"


class VoteRow(Config):
    """A vote on a pair.

    Attributes:
        trial: index of the trial in the rater's plan.
        pair: identifier of the pair (`Pair.key`).
        clip: name of the clip.
        first_system: system that was presented as Music 1.
        second_system: system that was presented as Music 2.
        relevance: which music goes better with the video, -2 (clearly the first) to 2 (clearly the second).
        preference: which music is preferred, -2 (clearly the first) to 2 (clearly the second).
        neither_fits: whether neither music fits the video.
        both_sound_bad: whether both sound bad.
        heard_first_s: duration of the first track that was listened to, seconds.
        heard_second_s: duration of the second track that was listened to, seconds.
        seconds: time between the start of the trial and the answer, seconds.
        created_s: time of the vote, Unix seconds.
    """

    trial: int = Field(ge=0)
    pair: str
    clip: str
    first_system: str
    second_system: str
    relevance: int = Field(ge=-SCALE, le=SCALE)
    preference: int = Field(ge=-SCALE, le=SCALE)
    neither_fits: bool
    both_sound_bad: bool
    heard_first_s: float
    heard_second_s: float
    seconds: float
    created_s: float = 0.0


class CheckRow(Config):
    """Answer to an attention check: `answer` as the points of a vote, and whether it names the track with beeps."""

    trial: int = Field(ge=0)
    answer: int = Field(ge=-SCALE, le=SCALE)
    correct: bool
    created_s: float = 0.0
