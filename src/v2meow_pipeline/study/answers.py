"""Bodies of a rater's requests."""

from typing import Annotated

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.study.rater import SCALE
from v2meow_pipeline.study.stimuli import HEADPHONE_TRIALS, TONES

HOUR_S = 3600.0
Point = Annotated[int, Field(strict=True, ge=-SCALE, le=SCALE)]
Seconds = Annotated[float, Field(ge=0, le=24 * HOUR_S)]
ShortText = Annotated[str, Field(max_length=100)]


class Browser(Config):
    """Properties of the browser, from jsPsych's browser check."""

    browser: ShortText | None = None
    browser_version: ShortText | None = None
    os: ShortText | None = None
    mobile: bool | None = None
    width: int | None = Field(default=None, ge=0, le=100_000)
    height: int | None = Field(default=None, ge=0, le=100_000)


class Registration(Config):
    """Consent to take part.

    Attributes:
        consent: whether the rater agrees to the consent page.
        participant: identifier of a recruiting platform; each can register once.
        browser: properties of the browser.
    """

    consent: bool
    participant: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    browser: Browser = Browser()


class HeadphoneAnswers(Config):
    """Answers of one attempt at the headphone check, in the order of the sounds."""

    attempt: int = Field(ge=0)
    answers: tuple[Annotated[int, Field(strict=True, ge=0, lt=TONES)], ...] = Field(
        min_length=HEADPHONE_TRIALS, max_length=HEADPHONE_TRIALS
    )


class VoteAnswer(Config):
    """Answer to a pair; see `rater.VoteRow`."""

    relevance: Point
    preference: Point
    neither_fits: bool = False
    both_sound_bad: bool = False
    heard_first_s: Seconds
    heard_second_s: Seconds
    seconds: Seconds


class CheckAnswer(Config):
    """Answer to an attention check: which track has the beeps."""

    answer: Point


class Ending(Config):
    """End of a session."""

    comment: str = Field(default="", max_length=2000)
