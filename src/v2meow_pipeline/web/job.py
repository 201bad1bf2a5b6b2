"""Records of a job: settings, progress, results and status."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from v2meow_pipeline.composer.direction import parse_direction
from v2meow_pipeline.composer.prompt import check_prompt
from v2meow_pipeline.composer.span import parse_span
from v2meow_pipeline.config import Config
from v2meow_pipeline.media.containers import Encode
from v2meow_pipeline.media.mux_config import Duck, FadeOut, Loudness, MuxConfig, OriginalGain

Status = Literal["queued", "running", "done", "failed", "cancelled"]
FINISHED: tuple[Status, ...] = ("done", "failed", "cancelled")
MAX_TAKES = 4
MAX_SEED = 2**31 - 1
MAX_PROMPT = 1000
MAX_SCENES = 100
MAX_SPAN = 100


class JobSettings(Config):
    """Settings of the music, named as the options of `v2meow generate`.

    Attributes:
        prompt: description of the music; empty for none.
        scenes: parts of the video with prompts of their own, such as "0:00-0:12 piano jazz".
        seed: seed of the first take; further takes have the seeds after it.
        takes: number of takes.
        guidance: scale of classifier-free guidance; None takes the models' own.
        tempo: tempo of the music, beats per minute; None follows the video.
        keep_original: gain of the video's original sound in the mix, dB; None leaves it out.
        duck: attenuation of the music while the original sound is audible, dB.
        fade: duration of the fade-out, seconds.
        loudness: target loudness, LUFS.
        encode: "copy" keeps the video stream, "h264" encodes it again, and "auto" encodes it only if browsers do not
            play its codec in an MP4 file.
    """

    prompt: str = Field(default="", max_length=MAX_PROMPT)
    scenes: tuple[Annotated[str, Field(max_length=MAX_PROMPT)], ...] = Field(default=(), max_length=MAX_SCENES)
    seed: int = Field(default=0, ge=0, le=MAX_SEED)
    takes: int = Field(default=MAX_TAKES, ge=1, le=MAX_TAKES)
    guidance: float | None = Field(default=None, ge=0, le=20)
    tempo: float | None = None
    keep_original: OriginalGain | None = None
    duck: Duck = 6.0
    fade: FadeOut = 1.0
    loudness: Loudness = -14.0
    encode: Literal["auto", "copy", "h264"] = "auto"

    @model_validator(mode="after")
    def _check_music(self) -> Self:
        """Raises ConfigError as `generate` does for a prompt without words, an invalid scene or tempo."""
        if self.prompt:
            check_prompt(self.prompt)
        parse_direction(self.prompt or None, self.scenes, tempo_bpm=self.tempo)
        return self

    def mux(self, encode: Encode) -> MuxConfig:
        """Settings for mixing, with the video codec of the output."""
        return MuxConfig(
            loudness_lufs=self.loudness,
            fade_out_s=self.fade,
            original_gain_db=self.keep_original,
            duck_db=self.duck,
            encode=encode,
        )


class OfTake(Config):
    """Request that concerns a take of an earlier job.

    Attributes:
        job_id: identifier of the job with the take.
        take: number of the take, from 1.
    """

    job_id: str
    take: int = Field(ge=1)


class Continuation(OfTake):
    """Request to continue the music of a take on another video, as `v2meow generate --continue`."""


class Redo(OfTake):
    """Request to generate a span of a take anew, as `v2meow generate --redo`.

    Attributes:
        span: start and end, such as "12-20"; stored as "0:12-0:20".
        prompt: description of the music in the span; None for that of the take.
        seed: seed of the span; None for the one after that of the take.
    """

    span: str = Field(max_length=MAX_SPAN)
    prompt: str | None = Field(default=None, max_length=MAX_PROMPT)
    seed: int | None = Field(default=None, ge=0, le=MAX_SEED)

    @field_validator("span")
    @classmethod
    def _check_span(cls, text: str) -> str:
        """Raises ConfigError for a text that is no span."""
        return str(parse_span(text))

    @field_validator("prompt")
    @classmethod
    def _check_prompt(cls, prompt: str | None) -> str | None:
        """Raises ConfigError for a prompt without words; an empty one is none."""
        if prompt:
            check_prompt(prompt)
        return prompt or None


class Stage(Config):
    """Progress of one stage of a job.

    Attributes:
        name: name of the stage.
        done: number of items that are done.
        total: number of items; None if unknown.
        seconds: duration so far, seconds.
        finished: whether the next stage has begun, or the job has ended.
    """

    name: str
    done: int = 0
    total: int | None = None
    seconds: float = 0.0
    finished: bool = False


class TakeResult(Config):
    """One take: its scores and the names of its files.

    Attributes:
        seed: seed that reproduces it.
        best: whether it is the best one.
        likelihood_gain: nats per token from the video (composer/takes.py); None for a single take.
        on_events: share of visual events with a beat nearby, beyond chance; None for a single take or without events.
        video: name of the MP4 file.
        sound: name of the WAV file.
        picture: name of the PNG file with waveform and spectrogram, cuts and beats.
    """

    seed: int
    best: bool
    likelihood_gain: float | None
    on_events: float | None
    video: str
    sound: str
    picture: str


class JobResult(Config):
    """Results of a job.

    Attributes:
        takes: takes in the order of their seeds.
        original: name of the WAV file with the sound to compare with: the video's own, or that of the earlier take if a
            span was redone; None if the video has none.
        duration_s: duration of the video, seconds.
        models: name of the models.
        model_fingerprint: fingerprint of the models.
        notes: messages about the result, such as streams that were left out.
    """

    takes: tuple[TakeResult, ...]
    original: str | None
    duration_s: float
    models: str
    model_fingerprint: str
    notes: tuple[str, ...] = ()

    def files(self) -> dict[str, str]:
        """Media type by name of each file."""
        of_takes = {
            name: kind
            for take in self.takes
            for name, kind in ((take.video, "video/mp4"), (take.sound, "audio/wav"), (take.picture, "image/png"))
        }
        return of_takes | ({self.original: "audio/wav"} if self.original else {})


class Job(Config):
    """A job.

    Attributes:
        id: random identifier; whoever has it can read and delete the job.
        model: name of the models.
        status: state of the job.
        client: network address of the client.
        file_name: name of the uploaded file, for display only.
        settings: settings of the music.
        has_events: whether event curves were uploaded with the video.
        has_reference: whether a reference for the style was uploaded with the video.
        redo: the span to generate anew; None for a new piece. The settings are then those of the earlier take.
        continues: the take whose end the music continues; None for none.
        webhook: URL that is called when the job ends; None for none.
        created_s: time of submission, Unix seconds.
        started_s: time at which it started, Unix seconds.
        finished_s: time at which it ended, Unix seconds.
        cancel_requested: whether a running job is to be cancelled.
        stages: progress, in order.
        error: one line that says what failed.
        result: the results; None unless it is done.
    """

    id: str
    model: str
    status: Status = "queued"
    client: str
    file_name: str
    settings: JobSettings
    has_events: bool = False
    has_reference: bool = False
    redo: Redo | None = None
    continues: Continuation | None = None
    webhook: str | None = None
    created_s: float
    started_s: float | None = None
    finished_s: float | None = None
    cancel_requested: bool = False
    stages: tuple[Stage, ...] = ()
    error: str | None = None
    result: JobResult | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.status in FINISHED
