"""Runs one job in its folder: generates takes, or a span of an earlier one, with a WAV file and a picture of each."""

from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.composer import Composer, Generation, ModelSource, generate, regenerate
from v2meow_pipeline.composer.takes import Take
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.evaluation.timeline import Timeline, draw_timeline, read_timeline
from v2meow_pipeline.media.audio import read_audio, write_wav
from v2meow_pipeline.media.containers import SAMPLE_RATE_HZ, Encode
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.repair_timestamps import with_continuous_timestamps
from v2meow_pipeline.metrics.rhythm import analyse_rhythm
from v2meow_pipeline.progress import track
from v2meow_pipeline.web.job import JobResult, JobSettings, Redo, TakeResult

UPLOAD, EVENTS, REFERENCE, ORIGINAL = "upload", "events.csv", "reference", "original.wav"
# The take of an earlier job that is changed or continued.
EARLIER = "earlier-take.mp4"
# Video codecs that browsers play in an MP4 file.
PLAYED_CODECS = frozenset(["h264", "vp9", "av1"])
PICTURE_WIDTH_IN = 6.5
OUTPUT = "take.mp4"


class Task(NamedTuple):
    """Input of a job.

    Attributes:
        folder: folder of the job, with the upload; the results are written to it.
        settings: settings of the music.
        has_events: whether the folder has event curves.
        has_reference: whether the folder has a reference for the style.
        redo: the span of the earlier take in the folder that is to be generated anew; None for a new piece.
        continues: whether the music continues the earlier take in the folder.
    """

    folder: Path
    settings: JobSettings
    has_events: bool
    has_reference: bool
    redo: Redo | None = None
    continues: bool = False


def run_task(task: Task, composer: Composer, models: ModelSource) -> JobResult:
    """Generates the takes of a job, or a span of an earlier take anew.

    Args:
        task: input of the job.
        composer: composer of the models, with their own guidance.
        models: name of the models.

    Returns:
        Names of the files and scores of the takes.

    Raises:
        V2MeowError: those of `generate` and `regenerate`.
    """
    made = _compose(task, composer) if task.redo is None else _redo(task, task.redo, composer)
    takes = _write_takes(task.folder, made, composer)
    original = _write_original(task.folder, task.folder / (UPLOAD if task.redo is None else EARLIER))
    return JobResult(
        takes=takes,
        original=original,
        duration_s=made.mux.video_s,
        models=models.name,
        model_fingerprint=made.model,
        notes=_notes(made),
    )


def _compose(task: Task, composer: Composer) -> Generation:
    """Generates the takes, with the settings of the job."""
    settings, video = task.settings, task.folder / UPLOAD
    return generate(
        video,
        task.folder / OUTPUT,
        prompt=settings.prompt or None,
        scenes=settings.scenes,
        seed=settings.seed,
        takes=settings.takes,
        all_takes=True,
        events=_events(task),
        tempo_bpm=settings.tempo,
        reference=task.folder / REFERENCE if task.has_reference else None,
        continue_from=task.folder / EARLIER if task.continues else None,
        models=composer.with_config(composer.config.changed(guidance=settings.guidance)),
        mux=settings.mux(_encoding(video, settings)),
        overwrite=True,
    )


def _redo(task: Task, redo: Redo, composer: Composer) -> Generation:
    """Generates a span of the earlier take anew; the settings are in the metadata of the take.

    The video is the original upload: the video stream of the take may have been encoded again, and the original sound
    may be mixed into its sound.
    """
    video = task.folder / UPLOAD
    try:
        return regenerate(
            video,
            task.folder / OUTPUT,
            redo.span,
            earlier=task.folder / EARLIER,
            prompt=redo.prompt,
            seed=redo.seed,
            events=_events(task),
            models=composer,
            encode=_encoding(video, task.settings),
            overwrite=True,
        )
    except StaleError as error:
        raise StaleError(error.problem, "Submit the video again.") from error


def _events(task: Task) -> Path | None:
    return task.folder / EVENTS if task.has_events else None


def _encoding(video: Path, settings: JobSettings) -> Encode:
    if settings.encode != "auto":
        return settings.encode
    return "copy" if probe(video).video_codec in PLAYED_CODECS else "h264"


def _write_takes(folder: Path, made: Generation, composer: Composer) -> tuple[TakeResult, ...]:
    """Renames the videos to `take-1.mp4` and so on, and writes sound and picture of each."""
    clock, timeline = composer.clock, None
    missing = float("nan")
    scored = made.takes or (Take(made.seed, missing, missing, missing, kept=True),)
    results = []
    for number, (take, output) in enumerate(track(list(zip(scored, made.outputs, strict=True)), "pictures"), start=1):
        video = output.replace(folder / f"take-{number}.mp4")
        write_wav(video.with_suffix(".wav"), read_audio(video, SAMPLE_RATE_HZ, mono=False), SAMPLE_RATE_HZ)
        if timeline is None:
            timeline = read_timeline(video, clock.sample_rate_hz, float(clock.flow_fps))
        else:
            timeline = _with_sound(timeline, video)
        draw_timeline(timeline, video.with_suffix(".png"), waveform=True, width_in=PICTURE_WIDTH_IN)
        results.append(_result(take, video))
    return tuple(results)


def _with_sound(timeline: Timeline, video: Path) -> Timeline:
    """Timeline of another take: the picture is the same, so its events are not detected again."""
    wave = read_audio(video, timeline.sample_rate_hz, duration_s=timeline.picture.duration_s)
    return timeline._replace(wave=wave, rhythm=analyse_rhythm(wave, timeline.sample_rate_hz))


def _result(take: Take, video: Path) -> TakeResult:
    scores = take.to_dict()
    return TakeResult(
        seed=take.seed,
        best=take.kept,
        likelihood_gain=scores["likelihood_gain"],
        on_events=scores["on_events"],
        video=video.name,
        sound=video.with_suffix(".wav").name,
        picture=video.with_suffix(".png").name,
    )


def _write_original(folder: Path, source: Path) -> str | None:
    """Writes the sound to compare with; returns the name of the file, or None if the source has no sound."""
    with with_continuous_timestamps(source) as repaired:
        if not probe(repaired).has_audio:
            return None
        wave = read_audio(repaired, SAMPLE_RATE_HZ, mono=False)
    write_wav(folder / ORIGINAL, wave, SAMPLE_RATE_HZ)
    return ORIGINAL


def _notes(made: Generation) -> tuple[str, ...]:
    """Messages about the result that a listener may wonder about."""
    notes = []
    if made.mux.loudness_note:
        notes.append(made.mux.loudness_note)
    notes += made.mux.notes
    if made.mux.left_out:
        notes.append(f"Left out of the result: {', '.join(made.mux.left_out)}.")
    if made.redrawn:
        notes.append("Parts that were silent or repeated themselves were generated again with another seed.")
    return tuple(notes)
