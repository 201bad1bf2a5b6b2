"""REST API of the web server, under /api/v1."""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Form, Request, Response
from fastapi.responses import FileResponse, JSONResponse

from v2meow_pipeline.config import Config
from v2meow_pipeline.web.api_form import submission_form
from v2meow_pipeline.web.errors import NOT_FOUND, RequestError
from v2meow_pipeline.web.housekeeping import HOUR_S
from v2meow_pipeline.web.job import (
    MAX_PROMPT,
    MAX_SEED,
    MAX_SPAN,
    Continuation,
    Job,
    JobResult,
    JobSettings,
    Redo,
    Stage,
    Status,
)
from v2meow_pipeline.web.job_queue import JobQueue
from v2meow_pipeline.web.request_guard import client_of
from v2meow_pipeline.web.submission import Submission

PREFIX = "/api/v1"
SubmissionForm = Annotated[Submission, Depends(submission_form)]
TAKE = "Number of the take, from 1."
# The page shows results in the browser, and nothing that a client uploaded may run there.
FILE_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}


class ErrorView(Config):
    """An error: one line that states the problem and the remedy."""

    error: str


class JobView(Config):
    """A job, as the API describes it.

    Attributes:
        id: random identifier; whoever has it can read and delete the job.
        status: state of the job.
        model: name of the models.
        file_name: name of the uploaded file.
        settings: settings of the music.
        redo: the span that is generated anew; None for a new piece.
        continues: the take whose end the music continues; None for none.
        jobs_ahead: number of jobs before it, while it is queued.
        created_s: time of submission, Unix seconds.
        started_s: time at which it started, Unix seconds.
        finished_s: time at which it ended, Unix seconds.
        expires_s: time at which it will be deleted, Unix seconds.
        stages: progress, in order.
        error: one line that says what failed.
        result: scores of the takes and names of their files.
        files: URL path of each file by its name.
    """

    id: str
    status: Status
    model: str
    file_name: str
    settings: JobSettings
    redo: Redo | None
    continues: Continuation | None
    jobs_ahead: int | None
    created_s: float
    started_s: float | None
    finished_s: float | None
    expires_s: float | None
    stages: tuple[Stage, ...]
    error: str | None
    result: JobResult | None
    files: dict[str, str]


class LimitsView(Config):
    """Models and limits of the server.

    Attributes:
        models: names of the models; the first is the default.
        max_upload_mb: maximum size of a request, megabytes.
        max_video_s: maximum duration of a video, seconds.
        max_queued: maximum number of jobs that are queued or running.
        jobs_per_hour: maximum number of jobs of one client per hour.
        keep_hours: time after which a finished job is deleted, hours.
    """

    models: list[str]
    max_upload_mb: float
    max_video_s: float
    max_queued: int
    jobs_per_hour: int
    keep_hours: float


def file_url(job_id: str, name: str) -> str:
    """URL path of a result."""
    return f"{PREFIX}/jobs/{job_id}/results/{name}"


def describe(queue: JobQueue, job: Job) -> JobView:
    """A job as the API describes it."""
    known = {name: getattr(job, name) for name in JobView.model_fields if name in Job.model_fields}
    names = job.result.files() if job.result else {}
    return JobView(
        **known,
        jobs_ahead=queue.position(job.id) if job.status == "queued" else None,
        expires_s=None if job.finished_s is None else job.finished_s + queue.config.keep_hours * HOUR_S,
        files={name: file_url(job.id, name) for name in names},
    )


def make_router(queue: JobQueue) -> APIRouter:
    """Routes of the API.

    Args:
        queue: the server's jobs.

    Returns:
        The router.
    """
    errors: dict[int | str, dict[str, Any]] = {
        status: {"model": ErrorView, "description": text}
        for status, text in {
            404: "No such job, take or result",
            413: "The upload is too large",
            422: "Invalid settings",
            429: "Too many jobs of this client",
            503: "The queue is full",
            507: "The server's disk is full",
        }.items()
    }
    router = APIRouter(prefix=PREFIX, tags=["jobs"], responses={404: errors[404]})
    _add_submission(router, queue, {status: errors[status] for status in (413, 422, 429, 503, 507)})
    _add_redo(router, queue, {status: errors[status] for status in (422, 429, 503, 507)})
    _add_access(router, queue)
    return router


def _add_submission(router: APIRouter, queue: JobQueue, errors: dict[int | str, dict[str, Any]]) -> None:
    @router.post("/jobs", status_code=202, responses=errors, summary="Submit a video")
    def submit(form: SubmissionForm, response: Response) -> JobView:
        """Queues a job. The video is checked when the job runs, so read the job until its status is final."""
        return _accepted(queue, queue.submit(form), response)

    @router.post(
        "/jobs/{job_id}/continue", status_code=202, responses=errors, summary="Continue a take on another video"
    )
    def continue_take(
        form: SubmissionForm, response: Response, job_id: str, take: Annotated[int, Form(ge=1, description=TAKE)]
    ) -> JobView:
        """Queues a job for another video, whose music continues the end of the take. The earlier job may be deleted."""
        return _accepted(queue, queue.continue_take(Continuation(job_id=job_id, take=take), form), response)


def _accepted(queue: JobQueue, job: Job, response: Response) -> JobView:
    """Answer to the submission of a job, with its address."""
    response.headers["Location"] = f"{PREFIX}/jobs/{job.id}"
    return describe(queue, job)


def _add_redo(router: APIRouter, queue: JobQueue, errors: dict[int | str, dict[str, Any]]) -> None:
    @router.post("/jobs/{job_id}/redo", status_code=202, responses=errors, summary="Redo a span of a take")
    def redo(
        request: Request,
        response: Response,
        job_id: str,
        take: Annotated[int, Form(ge=1, description=TAKE)],
        span: Annotated[str, Form(max_length=MAX_SPAN, description='Start and end, such as "12-20" or "0:12-0:20".')],
        prompt: Annotated[
            str, Form(max_length=MAX_PROMPT, description="Description of the music in the span; else as in the take.")
        ] = "",
        seed: Annotated[
            int | None, Form(ge=0, le=MAX_SEED, description="Seed of the span; else the one after that of the take.")
        ] = None,
        webhook: Annotated[str | None, Form(description="URL that receives a POST when the job ends.")] = None,
    ) -> JobView:
        """Queues a job whose result is the take with new music in the span. The earlier job may be deleted."""
        wanted = Redo(job_id=job_id, take=take, span=span, prompt=prompt, seed=seed)
        return _accepted(queue, queue.redo(wanted, client_of(request.scope), webhook), response)


def _add_access(router: APIRouter, queue: JobQueue) -> None:
    @router.get("/jobs/{job_id}", summary="Read a job")
    def read(job_id: str) -> JobView:
        """Status, progress and results of a job."""
        return describe(queue, queue.get(job_id))

    @router.delete("/jobs/{job_id}", summary="Cancel or delete a job", responses={204: {"description": "Deleted"}})
    def delete(job_id: str) -> Response:
        """Cancels a job that is queued or running; deletes one that has ended, with its files."""
        if queue.get(job_id).has_ended:
            queue.delete(job_id)
            return Response(status_code=204)
        return JSONResponse(describe(queue, queue.cancel(job_id)).model_dump(mode="json"))

    @router.get("/jobs/{job_id}/results/{name}", summary="Download a result", response_class=FileResponse)
    def download(job_id: str, name: str, attachment: bool = False) -> FileResponse:
        """A file of a job that is done: take-1.mp4, take-1.wav, take-1.png and so on."""
        path, kind = queue.result_file(job_id, name)
        shown = f"{Path(queue.get(job_id).file_name).stem or 'v2meow'}-{name}"
        disposition = "attachment" if attachment else "inline"
        return FileResponse(
            path, media_type=kind, headers=FILE_HEADERS, filename=shown, content_disposition_type=disposition
        )

    @router.get("/limits", summary="Models and limits")
    def limits() -> LimitsView:
        """Names of the models, and limits of the server."""
        known = {name: getattr(queue.config, name) for name in LimitsView.model_fields if name != "models"}
        return LimitsView(models=list(queue.models), **known)


def add_unknown_addresses(app: FastAPI) -> None:
    """Answers requests to other addresses below /api, which would otherwise reach the page.

    Args:
        app: the application, with the API's routes.
    """

    @app.api_route("/api/{path:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"], include_in_schema=False)
    def unknown(path: str) -> None:
        raise RequestError(NOT_FOUND, f"There is no address /api/{path} for this method.", f"See {PREFIX}/docs.")
