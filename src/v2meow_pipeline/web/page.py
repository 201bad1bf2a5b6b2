"""Gradio page: upload or record a video, choose settings, watch the progress, play and download the takes."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.web.errors import INVALID, RequestError
from v2meow_pipeline.web.job import Continuation, Job, JobSettings
from v2meow_pipeline.web.job_queue import JobQueue
from v2meow_pipeline.web.page_continue import continue_controls
from v2meow_pipeline.web.page_html import error_html, progress_html, results_html
from v2meow_pipeline.web.page_inputs import page_inputs
from v2meow_pipeline.web.page_redo import redo_controls
from v2meow_pipeline.web.page_settings import (
    JOB,
    NAMES,
    continuation_from_controls,
    control_values,
    redo_from_controls,
    settings_from_controls,
    settings_from_query,
)
from v2meow_pipeline.web.page_takes import take_view
from v2meow_pipeline.web.submission import Submission

FILES = Path(__file__).parent / "page_files"
REFRESH_S = 0.7
# Files that the page received are copied to a job, and deleted here.
CACHE_CHECK_S, CACHE_S = 600, 3600
CACHE_VARIABLE = "GRADIO_TEMP_DIR"
# Puts the settings into the address of the page, and returns them as a link; the job is in the address only.
_LINK_JS = f"""(...values) => {{
  const names = {json.dumps(NAMES)};
  const defaults = {json.dumps(dict(zip(NAMES, control_values(JobSettings()), strict=True)))};
  const query = new URLSearchParams();
  names.forEach((name, i) => {{
    const value = values[i];
    if (value !== null && value !== undefined && value !== defaults[name]) query.set(name, value);
  }});
  const base = location.origin + location.pathname;
  const link = base + (query.size ? "?" + query : "");
  const job = values[names.length];
  if (job) query.set("{JOB}", job);
  history.replaceState(null, "", base + (query.size ? "?" + query : ""));
  return link;
}}"""

# On a phone, the progress is below the controls. A problem is shown beside the button that was pressed.
_SCROLL_JS = (
    "(problem) => problem || document.querySelector('#progress').scrollIntoView({behavior: 'smooth', block: 'nearest'})"
)


def mount_page(app: FastAPI, queue: JobQueue) -> FastAPI:
    """Adds the page to an application, at "/".

    Args:
        app: the application.
        queue: the server's jobs.

    Returns:
        The application.
    """
    # Gradio reads the folder of received files from the environment only.
    os.environ[CACHE_VARIABLE] = str(queue.config.folder.absolute() / "page")
    script = (FILES / "page.js").read_text(encoding="utf-8")
    return gr.mount_gradio_app(
        app,
        make_page(queue),
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        max_file_size=queue.config.max_upload_bytes,
        theme=_theme(),
        css_paths=[FILES / "page.css"],
        head=f'<meta name="description" content="Music for silent videos"><script>{script}</script>',
    )


def _theme() -> gr.themes.Base:
    """Gradio's theme, with a main button whose text has enough contrast (WCAG AA)."""
    shades = {"": "*primary_700", "_hover": "*primary_800"}
    fills = {
        f"button_primary_background_fill{state}{mode}": shade
        for state, shade in shades.items()
        for mode in ("", "_dark")
    }
    return gr.themes.Default().set(**fills)


def make_page(queue: JobQueue) -> gr.Blocks:
    """The page.

    Args:
        queue: the server's jobs.

    Returns:
        Gradio blocks, to be mounted.
    """
    with gr.Blocks(title="v2meow", analytics_enabled=False, delete_cache=(CACHE_CHECK_S, CACHE_S)) as page:
        gr.Markdown("# v2meow\nGive it a silent video, get music that fits it. For programs: [REST API](api/v1/docs).")
        with gr.Row():
            with gr.Column(scale=2, min_width=320):
                inputs = page_inputs(queue)
                with gr.Row():
                    generate = gr.Button("Generate music", variant="primary", elem_id="generate")
                    cancel = gr.Button("Cancel", interactive=False, elem_id="cancel")
            with gr.Column(scale=3, min_width=320):
                progress = gr.HTML(elem_id="progress")
                results = gr.HTML(elem_id="results")
                redo, further = redo_controls(), continue_controls()
        link = gr.Textbox(label="Link to these settings", interactive=False, buttons=["copy"], elem_id="link")
        # Not a `gr.State`, since the script that writes the address needs its value.
        job_id, timer = gr.Textbox(visible="hidden", elem_id="job"), gr.Timer(REFRESH_S, active=False)
        of_takes = [redo.group, redo.take, further.group, further.take, redo.seed, further.video]
        shown = [progress, results, *of_takes, timer, generate, cancel]
        quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
        # The page and the API describe one address per job, so a reloaded page shows its job again.
        settings = [inputs.reference, inputs.model, *inputs.settings]
        submitted = generate.click(_submitter(queue), [inputs.video, *settings], [job_id, *shown], **quiet)
        submitted.then(None, js=_SCROLL_JS, **quiet)
        of_redo = [job_id, redo.take, redo.span, redo.prompt, redo.seed]
        of_further = [job_id, further.take, further.video, *settings]
        for button, handler, asked, problem in (
            (redo.button, _redoer(queue, len(shown)), of_redo, redo.problem),
            (further.button, _continuer(queue, len(shown)), of_further, further.problem),
        ):
            started = button.click(handler, asked, [problem, job_id, *shown], **quiet)
            started.then(None, problem, js=_SCROLL_JS, **quiet)
        cancel.click(_canceller(queue), job_id, shown, **quiet)
        timer.tick(_refresher(queue), job_id, shown, **quiet)
        page.load(_opener(queue), None, [*inputs.settings, job_id, *shown], **quiet)
        for changed in (*inputs.settings, job_id):
            changed.change(None, [*inputs.settings, job_id], link, js=_LINK_JS, **quiet)
    return page


def _submitter(queue: JobQueue) -> Callable[..., tuple[Any, ...]]:
    def submit(
        request: gr.Request, video: str | None, reference: str | None, model: str, *values: Any
    ) -> tuple[Any, ...]:
        try:
            job_id = _submit(queue, video, reference, model, values, request.client.host).id
        except V2MeowError as error:
            return (gr.skip(), *_without_job(error))
        return (job_id, *_view(queue, job_id))

    return submit


def _submit(
    queue: JobQueue,
    video: str | None,
    reference: str | None,
    model: str,
    values: tuple[Any, ...],
    client: str,
    continues: Continuation | None = None,
) -> Job:
    if video is None:
        raise RequestError(INVALID, "There is no video.", "Upload or record one first.")
    settings, path = settings_from_controls(*values), Path(video)
    with path.open("rb") as file, contextlib.ExitStack() as opened:
        song = None if reference is None else opened.enter_context(Path(reference).open("rb"))
        submission = Submission(file, path.stat().st_size, path.name, settings, client, model, reference=song)
        return queue.submit(submission) if continues is None else queue.continue_take(continues, submission)


def _redoer(queue: JobQueue, shown: int) -> Callable[..., tuple[Any, ...]]:
    """Handler of the button "Redo"; `shown` is the number of values of `_view`."""

    def redo(request: gr.Request, job_id: str, *values: Any) -> tuple[Any, ...]:
        return _changed(queue, shown, lambda: queue.redo(redo_from_controls(job_id, *values), request.client.host))

    return redo


def _continuer(queue: JobQueue, shown: int) -> Callable[..., tuple[Any, ...]]:
    """Handler of the button "Continue"; `shown` is the number of values of `_view`."""

    def go_on(
        request: gr.Request,
        job_id: str,
        take: int | None,
        video: str | None,
        reference: str | None,
        model: str,
        *values: Any,
    ) -> tuple[Any, ...]:
        def start() -> Job:
            wanted = continuation_from_controls(job_id, take)
            return _submit(queue, video, reference, model, values, request.client.host, wanted)

        return _changed(queue, shown, start)

    return go_on


def _changed(queue: JobQueue, shown: int, start: Callable[[], Job]) -> tuple[Any, ...]:
    """What a button for an earlier take returns: an error, identifier of the new job, and its view."""
    try:
        new_id = start().id
    except V2MeowError as error:
        # The results stay, so that the request can be corrected.
        return (error_html(str(error)), *[gr.skip()] * (1 + shown))
    return ("", new_id, *_view(queue, new_id))


def _canceller(queue: JobQueue) -> Callable[[str], tuple[Any, ...]]:
    def cancel(job_id: str) -> tuple[Any, ...]:
        try:
            queue.cancel(job_id)
        except V2MeowError as error:
            return _without_job(error)
        return _view(queue, job_id)

    return cancel


def _refresher(queue: JobQueue) -> Callable[[str], tuple[Any, ...]]:
    def refresh(job_id: str) -> tuple[Any, ...]:
        return _view(queue, job_id)

    return refresh


def _opener(queue: JobQueue) -> Callable[[gr.Request], tuple[Any, ...]]:
    def load(request: gr.Request) -> tuple[Any, ...]:
        settings, job_id = settings_from_query(request.query_params), request.query_params.get(JOB, "")
        values = control_values(settings)
        shown = _view(queue, job_id) if job_id else _without_job()
        return (*values, job_id, *shown)

    return load


def _view(queue: JobQueue, job_id: str) -> tuple[Any, ...]:
    """Values of what a job changes on the page: progress, results and controls."""
    try:
        job = queue.get(job_id)
    except RequestError as error:
        return _without_job(error)
    earlier = job.redo or job.continues
    has_earlier = earlier is not None and queue.has(earlier.job_id)
    progress = progress_html(job, queue.position(job_id), has_earlier)
    return (progress, results_html(job), *_of_takes(job), *_controls(not job.has_ended))


def _without_job(error: V2MeowError | None = None) -> tuple[Any, ...]:
    """What `_view` returns, without a job."""
    return ("" if error is None else error_html(str(error)), "", *_of_takes(None), *_controls(is_active=False))


def _of_takes(job: Job | None) -> tuple[Any, ...]:
    """Groups for the takes of a job, with the choices of a take, an empty seed of a redo and no next video."""
    # Gradio shows 0 in a field that was empty from the beginning.
    return (*take_view(job), *take_view(job), gr.Number(value=None), gr.Video(value=None))


def _controls(is_active: bool) -> tuple[gr.Timer, gr.Button, gr.Button]:
    """Timer, "Generate" and "Cancel", while a job is active or not."""
    return gr.Timer(active=is_active), gr.Button(interactive=not is_active), gr.Button(interactive=is_active)
