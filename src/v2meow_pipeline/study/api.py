"""Routes of a study: its page, media, and the sessions of raters under /api."""

from importlib.resources import files

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

from v2meow_pipeline.config import Config
from v2meow_pipeline.study.answers import CheckAnswer, Ending, HeadphoneAnswers, Registration, VoteAnswer
from v2meow_pipeline.study.design import CONSENT
from v2meow_pipeline.study.rater import Rater, Status
from v2meow_pipeline.study.session import StudySessions
from v2meow_pipeline.study.stimuli import TONES

PREFIX, MEDIA_PREFIX, FILES_PREFIX = "/api", "/media", "/files"
RATERS = "/raters"
REGISTRATION_PATH = f"{PREFIX}{RATERS}"
# Names of media are random, so a browser may keep them; the answers of the API change.
MEDIA_HEADERS = {"Cache-Control": "private, max-age=86400, immutable"}
API_HEADERS = {"Cache-Control": "no-store"}
KINDS = {".mp4": "video/mp4", ".wav": "audio/wav"}


class TrialView(Config):
    """A trial as the page sees it: nothing in it depends on the systems."""

    index: int
    kind: str
    first: str
    second: str
    done: bool


class HeadphonesView(Config):
    """The next attempt at the headphone check: its number, the URLs of its sounds, and the number of tones in each."""

    attempt: int
    sounds: list[str]
    tones: int


class RaterView(Config):
    """A rater as the page sees it.

    Attributes:
        id: identifier of the rater.
        status: part of the session that comes next.
        headphones: next attempt at the headphone check; None after the last.
        trials: all trials in their order.
    """

    id: str
    status: Status
    headphones: HeadphonesView | None
    trials: list[TrialView]


class StudyView(Config):
    """A study as the page sees it.

    Attributes:
        id: identifier of the study.
        title: title.
        consent: HTML of the consent page.
        min_listen_s: duration of each track to listen to before answering, seconds.
        volume: URL of the noise with which raters set their volume.
    """

    id: str
    title: str
    consent: str
    min_listen_s: float
    volume: str


def describe(sessions: StudySessions, rater: Rater) -> RaterView:
    """A rater as the page sees it."""
    headphones = None
    if rater.status() == "headphones":
        sounds = rater.plan.headphones[rater.headphone_attempts]
        urls = [_media_url(sessions.design.headphone_sounds[index].file) for index in sounds]
        headphones = HeadphonesView(attempt=rater.headphone_attempts, sounds=urls, tones=TONES)
    trials = [
        TrialView(
            index=index,
            kind=trial.kind,
            first=_media_url(trial.first),
            second=_media_url(trial.second),
            done=index in rater.done,
        )
        for index, trial in enumerate(rater.plan.trials)
    ]
    return RaterView(id=rater.id, status=rater.status(), headphones=headphones, trials=trials)


def make_router(sessions: StudySessions) -> APIRouter:
    """Routes of the API.

    Args:
        sessions: sessions of the study.

    Returns:
        The router.
    """
    router = APIRouter(prefix=PREFIX)
    _add_sessions(router, sessions)
    _add_answers(router, sessions)
    return router


def _add_sessions(router: APIRouter, sessions: StudySessions) -> None:
    @router.get("/study")
    def study(response: Response) -> StudyView:
        response.headers.update(API_HEADERS)
        design = sessions.design
        return StudyView(
            id=design.id,
            title=design.config.title,
            consent=(sessions.folder / CONSENT).read_text(encoding="utf-8"),
            min_listen_s=design.config.min_listen_s,
            volume=_media_url(design.volume),
        )

    @router.post(RATERS, status_code=201)
    def register(registration: Registration) -> RaterView:
        return describe(sessions, sessions.register(registration))

    @router.get("/raters/{rater_id}")
    def read(rater_id: str, response: Response) -> RaterView:
        response.headers.update(API_HEADERS)
        return describe(sessions, sessions.get(rater_id))

    @router.delete("/raters/{rater_id}", status_code=204)
    def withdraw(rater_id: str) -> None:
        sessions.withdraw(rater_id)

    @router.post("/raters/{rater_id}/finish")
    def finish(rater_id: str, ending: Ending) -> RaterView:
        return describe(sessions, sessions.finish(rater_id, ending.comment))


def _add_answers(router: APIRouter, sessions: StudySessions) -> None:
    @router.post("/raters/{rater_id}/headphones", status_code=201)
    def headphones(rater_id: str, answers: HeadphoneAnswers) -> RaterView:
        return describe(sessions, sessions.answer_headphones(rater_id, answers))

    @router.post("/raters/{rater_id}/trials/{index}/pair", status_code=201)
    def pair(rater_id: str, index: int, answer: VoteAnswer) -> RaterView:
        return describe(sessions, sessions.answer_pair(rater_id, index, answer))

    @router.post("/raters/{rater_id}/trials/{index}/check", status_code=201)
    def check(rater_id: str, index: int, answer: CheckAnswer) -> RaterView:
        return describe(sessions, sessions.answer_check(rater_id, index, answer))


def make_page_router(sessions: StudySessions) -> APIRouter:
    """Routes of the page and the media.

    Args:
        sessions: sessions of the study.

    Returns:
        The router.
    """
    router = APIRouter()
    page = files(__package__).joinpath("page_files/index.html").read_text(encoding="utf-8")

    @router.get("/")
    def index() -> Response:
        return Response(page, media_type="text/html", headers=API_HEADERS)

    @router.get(f"{MEDIA_PREFIX}/{{name}}")
    def media(name: str) -> FileResponse:
        path = sessions.media_file(name)
        return FileResponse(path, media_type=KINDS[path.suffix], headers=MEDIA_HEADERS)

    return router


def page_files() -> StaticFiles:
    """Scripts and styles of the page."""
    return StaticFiles(directory=str(files(__package__).joinpath("page_files")))


def _media_url(name: str) -> str:
    return f"{MEDIA_PREFIX}/{name}"
