"""Generates a soundtrack for a video file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from v2meow_pipeline.composer.composer import Composer
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.direction import Direction, parse_direction
from v2meow_pipeline.composer.estimate import estimate_work
from v2meow_pipeline.composer.event_file import EventTrack, read_events, replace_events
from v2meow_pipeline.composer.guard import Redrawn
from v2meow_pipeline.composer.prompt import check_prompt
from v2meow_pipeline.composer.resolve import ModelSource, resolve_models
from v2meow_pipeline.composer.step_timer import StepTimer
from v2meow_pipeline.composer.style import Scene
from v2meow_pipeline.composer.take_selection import select_takes
from v2meow_pipeline.composer.takes import Take
from v2meow_pipeline.composer.tempo import with_tempo
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.mux import MuxReport, check_muxable, mux_soundtrack
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.origin import Origin
from v2meow_pipeline.media.output_check import check_output
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.repair_timestamps import with_continuous_timestamps
from v2meow_pipeline.media.source import display_name


@dataclass(frozen=True)
class Generation:
    """Result of `generate`.

    Attributes:
        output: path of the video with its soundtrack.
        seed: seed of the music.
        prompt: prompt of the music.
        model: fingerprint of the models.
        models: name of the models, for messages.
        mux: frames, durations and loudness of the output.
        seconds: duration of each step, seconds.
        real_time_factor: seconds of computation per second of music.
        redrawn: windows that were silent or stuck in a loop, and were sampled again.
        takes: scores of each take if there were several (takes.py); `seed` is that of the best.
        outputs: paths of the videos that were written: `output` alone, or one per take.
    """

    output: Path
    seed: int
    prompt: str | None
    model: str
    models: str
    mux: MuxReport
    seconds: dict[str, float]
    real_time_factor: float
    redrawn: tuple[Redrawn, ...] = ()
    takes: tuple[Take, ...] = ()
    outputs: tuple[Path, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-serialisable values."""
        return {
            **asdict(self),
            "output": str(self.output),
            "mux": {**self.mux._asdict(), "misses_target": self.mux.misses_target},
            "redrawn": [entry._asdict() for entry in self.redrawn],
            "takes": [take.to_dict() for take in self.takes],
            "outputs": [str(path) for path in self.outputs],
        }

    def remarks(self) -> list[str]:
        """Sentences about differences from what was asked for: loudness, streams that were left out, original sound."""
        return [
            *([self.mux.loudness_note] if self.mux.loudness_note else []),
            *([f"Left out of the result: {', '.join(self.mux.left_out)}."] if self.mux.left_out else []),
            *self.mux.notes,
        ]

    def summary(self) -> str:
        """Summary for a terminal: three lines, and one per take and per window that was sampled again."""
        parts = ", ".join(f"{name} {value:.1f} s" for name, value in self.seconds.items())
        return (
            f"{display_name(self.output)}: {self.mux.video_s:.1f} s, {self.mux.frames} frames, "
            f"{self.mux.loudness_lufs:.1f} LUFS, seed {self.seed}\nMade by {self.models}, fingerprint {self.model}\n"
            f"{parts} ({self.real_time_factor:.1f} s of computation per second of music)"
            + "".join(f"\n{remark}" for remark in self.remarks())
            + "".join(f"\n{_describe_redrawn(entry)}" for entry in self.redrawn)
            + "".join(f"\n{_describe_take(take)}" for take in self.takes)
        )


def generate(
    video: str | Path,
    output: str | Path,
    *,
    prompt: str | None = None,
    seed: int = 0,
    takes: int | None = None,
    all_takes: bool = False,
    events: str | Path | None = None,
    tempo_bpm: float | None = None,
    scenes: Sequence[str | Scene] = (),
    reference: str | Path | None = None,
    continue_from: str | Path | None = None,
    models: str | Path | ModelSource | Composer | None = None,
    mux: MuxConfig | None = None,
    config: ComposerConfig | None = None,
    overwrite: bool = False,
) -> Generation:
    """Generates a soundtrack for a video.

    Args:
        video: a local file; its video stream is copied without re-encoding.
        output: path of the result; its suffix selects the container.
        prompt: description of the music; None for none.
        seed: the same seed gives the same music.
        takes: number of takes, generated with consecutive seeds from `seed`; the best match is used (takes.py). None
            takes the number of the sampling configuration.
        all_takes: whether to write the other takes as well, beside `output` (`take_path`).
        events: CSV file with accents and energy that replace those computed from the video (event_file.py).
        tempo_bpm: beats per minute that the music shall have; its beats replace the events of the video (tempo.py).
        scenes: parts of the video with prompts of their own, such as "0:00-0:12 piano jazz" (style.py).
        reference: sound or video file whose style the music shall have.
        continue_from: sound or video file whose end the music continues.
        models: a folder of trained models, "release", or a composer; None takes the trained models of the project in
            the current folder, else the release (composer/resolve.py).
        mux: loudness, fades, and treatment of the original sound; None takes the defaults.
        config: sampling configuration; None takes the models' own. Ignored if `models` is a composer.
        overwrite: whether an existing `output` may be replaced.

    Returns:
        The result, with measurements of the output file.

    Raises:
        V2MeowError: when the output exists or equals the input, the prompt has no words, `takes` is not positive, the
            events or the tempo cannot be used, or scenes overlap or are outside the video; MediaError for a video,
            reference or earlier music that cannot be used; MissingModelError without models.
    """
    video, output, prompt, mux = Path(video), Path(output), prompt or None, mux or MuxConfig()
    check_output(video, output, overwrite)
    if prompt is not None:
        check_prompt(prompt)
    if takes is not None and takes < 1:
        raise V2MeowError(f"{takes} takes of the music cannot be made.", "Ask for 1 or more.")
    track = read_events(Path(events)) if events is not None else None
    direction = parse_direction(prompt, scenes, reference, continue_from, events, tempo_bpm)
    with with_continuous_timestamps(video) as source:
        direction = direction.checked(probe(source).duration_s)
        check_muxable(source, output, mux)
        request = _Request(source, output, prompt, seed, takes, all_takes, track, mux, overwrite, direction)
        return _generate(request, models, config)


def take_path(output: Path, seed: int) -> Path:
    """Path of a take that is not the best one: `out-seed-7.mp4` for `out.mp4`."""
    return output.with_stem(f"{output.stem}-seed-{seed}")


def _generate(
    request: "_Request", models: str | Path | ModelSource | Composer | None, config: ComposerConfig | None
) -> Generation:
    """`generate` after the checks of its input."""
    video, output, prompt, seed, _, all_takes, track, mux, overwrite, direction = request
    duration_s, timer = probe(video).duration_s, StepTimer()
    with timer.step("load"):
        composer, named = loaded(models, config)
        takes, plan = request.takes or composer.config.takes, direction.plan(composer, duration_s)
    if (track is not None or direction.tempo_bpm is not None) and not composer.follows_events:
        raise V2MeowError("These models do not follow event curves.", "Leave events and tempo out, or use the release.")
    for index in range(takes) if all_takes else ():
        check_output(video, take_path(output, seed + index), overwrite)
    windows, seeds = plan.in_video, list(range(seed, seed + takes))
    with timer.step("features"):
        estimate_work(composer, video, plan.in_video, takes)
        seen = composer.extract_features(video, windows, events=takes > 1)
        if track is not None:
            seen = replace_events(seen, windows, track, composer.clock)
        if direction.tempo_bpm is not None:
            seen = with_tempo(seen, windows, direction.tempo_bpm, composer.clock)
    with timer.step("compose"):
        composition = plan.compose(composer, seen, seeds, measure_gain=takes > 1)
    with timer.step("render"):
        waves = [plan.render(composer, codes, duration_s) for codes in composition.codes]
    with timer.step("choose"):
        [made] = select_takes(composer, seen, windows, seeds, takes, composition, waves)
    kept = made.best
    written = range(takes) if all_takes else [kept]
    outputs = tuple(output if index == kept else take_path(output, seeds[index]) for index in written)
    with timer.step("mux"):
        muxed, recipe = {}, direction.recipe(composer, plan, mux).to_json()
        for index, path in zip(written, outputs, strict=True):
            origin = Origin(
                version("v2meow-pipeline"), composer.bundle.fingerprint, named, seeds[index], prompt, recipe
            )
            rate_hz = composer.clock.sample_rate_hz
            muxed[index] = mux_soundtrack(video, waves[index], rate_hz, path, mux, overwrite, origin)
    seconds = timer.seconds
    model, speed = composer.bundle.fingerprint, (sum(seconds.values()) - seconds["load"]) / duration_s
    redrawn = tuple(entry for entry in made.redrawn if entry.clip == kept)
    scored = made.scores if takes > 1 else ()
    return Generation(output, seed + kept, prompt, model, named, muxed[kept], seconds, speed, redrawn, scored, outputs)


class _Request(NamedTuple):
    """Checked arguments of `generate`, without the models."""

    video: Path
    output: Path
    prompt: str | None
    seed: int
    takes: int | None
    all_takes: bool
    events: EventTrack | None
    mux: MuxConfig
    overwrite: bool
    direction: Direction


def loaded(models: str | Path | ModelSource | Composer | None, config: ComposerConfig | None) -> tuple[Composer, str]:
    """Loads the composer; returns it with the name of the models."""
    if isinstance(models, Composer):
        return models, f"models in {models.bundle.folder}"
    source = models if isinstance(models, ModelSource) else resolve_models(models)
    return Composer.from_pretrained(source.folder, config), source.name


def _describe_take(take: Take) -> str:
    return (
        f"Take with seed {take.seed}: {take.likelihood_gain:+.3f} nats a token from the video, beats on its events "
        f"{take.on_events:+.2f} beyond chance, {take.silent_share:.0%} silent{' (kept)' if take.kept else ''}"
    )


def _describe_redrawn(entry: Redrawn) -> str:
    times, ending = len(entry.faults), "" if entry.resolved else "; the last attempt is used"
    return f"{entry.stage} tokens of window {entry.window + 1} sampled again ({times}x): {entry.faults[0]}{ending}."
