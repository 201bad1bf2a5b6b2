"""Form fields of a submission to the REST API."""

from typing import Annotated, Literal

from fastapi import File, Form, Request, UploadFile
from pydantic import Field

from v2meow_pipeline.media.mux_config import Duck, FadeOut, Loudness, OriginalGain
from v2meow_pipeline.web.errors import TOO_LARGE, RequestError
from v2meow_pipeline.web.job import MAX_PROMPT, MAX_SCENES, MAX_SEED, MAX_TAKES, JobSettings
from v2meow_pipeline.web.request_guard import client_of
from v2meow_pipeline.web.submission import Submission

MAX_EVENTS_BYTES = 1_000_000
DEFAULTS = JobSettings()


def submission_form(
    request: Request,
    video: Annotated[UploadFile, File(description="Video, in any container and codec that ffmpeg reads.")],
    prompt: Annotated[str, Form(max_length=MAX_PROMPT, description="Description of the music.")] = "",
    scene: Annotated[
        list[Annotated[str, Field(max_length=MAX_PROMPT)]] | None,
        Form(max_length=MAX_SCENES, description='Prompt of a part, such as "0:00-0:12 piano jazz"; may be repeated.'),
    ] = None,
    seed: Annotated[int, Form(ge=0, le=MAX_SEED, description="Seed of the first take.")] = 0,
    takes: Annotated[int, Form(ge=1, le=MAX_TAKES, description="Number of takes, with consecutive seeds.")] = MAX_TAKES,
    guidance: Annotated[float | None, Form(ge=0, le=20, description="Scale of classifier-free guidance.")] = None,
    tempo: Annotated[
        float | None, Form(description="Tempo of the music, beats per minute, 30 to 300; not with `events`.")
    ] = None,
    keep_original: Annotated[
        OriginalGain | None,
        Form(description="Gain of the original sound in the mix, dB; it is left out without a value."),
    ] = None,
    duck: Annotated[
        Duck, Form(description="How far the music is lowered while the original sound is audible, dB.")
    ] = DEFAULTS.duck,
    fade: Annotated[FadeOut, Form(description="Duration of the fade-out, seconds.")] = DEFAULTS.fade,
    loudness: Annotated[Loudness, Form(description="Target loudness, LUFS.")] = DEFAULTS.loudness,
    encode: Annotated[Literal["auto", "copy", "h264"], Form(description="Video codec of the results.")] = "auto",
    model: Annotated[str | None, Form(description="Name of the models; see /limits.")] = None,
    webhook: Annotated[str | None, Form(description="URL that receives a POST when the job ends.")] = None,
    events: Annotated[
        UploadFile | None, File(description="CSV with time_s, accent, energy that the music follows.")
    ] = None,
    reference: Annotated[
        UploadFile | None, File(description="Music whose style the result shall have: a sound or video file.")
    ] = None,
) -> Submission:
    """A submission from the fields of a form, as a dependency of routes; RequestError for a large event file."""
    if events is not None and (events.size or 0) > MAX_EVENTS_BYTES:
        raise RequestError(TOO_LARGE, "The event file is larger than 1 MB.", "Write fewer rows.")
    settings = JobSettings(
        prompt=prompt,
        scenes=tuple(scene or ()),
        seed=seed,
        takes=takes,
        guidance=guidance,
        tempo=tempo,
        keep_original=keep_original,
        duck=duck,
        fade=fade,
        loudness=loudness,
        encode=encode,
    )
    return Submission(
        video.file,
        video.size or 0,
        video.filename or "",
        settings,
        client_of(request.scope),
        model,
        webhook,
        None if events is None else events.file,
        None if reference is None else reference.file,
    )
