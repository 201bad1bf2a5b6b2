"""Writes an earlier result with a span of its music generated anew."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from v2meow_pipeline.composer.composer import Composer
from v2meow_pipeline.composer.earlier_result import EarlierResult, read_earlier_result
from v2meow_pipeline.composer.generate import Generation, loaded
from v2meow_pipeline.composer.prompt import check_prompt
from v2meow_pipeline.composer.recipe import Redone
from v2meow_pipeline.composer.redo import CANDIDATES, FADE_S, redo_tokens
from v2meow_pipeline.composer.reproduction import Piece, check_models, check_same_sound, generate_again
from v2meow_pipeline.composer.resolve import ModelSource
from v2meow_pipeline.composer.span import Span, check_inside, parse_span
from v2meow_pipeline.composer.step_timer import StepTimer
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.media.containers import SAMPLE_RATE_HZ, Encode
from v2meow_pipeline.media.limiter import limit_peaks
from v2meow_pipeline.media.mixing import finish_sound
from v2meow_pipeline.media.mux import check_muxable, mux_soundtrack
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.origin import Origin
from v2meow_pipeline.media.output_check import check_output
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.repair_timestamps import with_continuous_timestamps
from v2meow_pipeline.progress import part

SHORTEST_S = 0.5
PEAK = 10 ** (-1 / 20)


def regenerate(
    video: str | Path,
    output: str | Path,
    span: str | Span,
    *,
    earlier: str | Path | None = None,
    prompt: str | None = None,
    seed: int | None = None,
    events: str | Path | None = None,
    models: str | Path | ModelSource | Composer | None = None,
    encode: Encode = "copy",
    overwrite: bool = False,
) -> Generation:
    """Generates a span of an earlier result anew; the rest of its sound stays as it is.

    The music of the earlier result is generated again from its metadata, which takes as long as the first time.

    Args:
        video: the video, or an earlier result of `generate`.
        output: path of the new result; its suffix selects the container.
        span: the span, such as "12-20" or "0:12-0:20".
        earlier: the earlier result; None if `video` is it.
        prompt: description of the music in the span; None for that of the earlier result.
        seed: seed of the span; None takes the one after that of the earlier result.
        events: event file that the earlier result was generated with.
        models: the models that the earlier result was generated with, as in `generate`.
        encode: video codec of the output; "copy" keeps the video stream.
        overwrite: whether an existing `output` may be replaced.

    Returns:
        The result.

    Raises:
        ConfigError: if the span is outside the video or too short, or the earlier result lacks its metadata; StaleError
            if the earlier result was made by other models, or its music cannot be generated again; MediaError for a
            file that cannot be used.
    """
    video, output, span = Path(video), Path(output), parse_span(span) if isinstance(span, str) else span
    check_output(video, output, overwrite)
    result = read_earlier_result(video if earlier is None else Path(earlier))
    if prompt is not None:
        check_prompt(prompt)
    recipe = result.recipe
    # The video of an earlier result is encoded already.
    mux = MuxConfig.parse({**recipe.mux, "encode": encode})
    with with_continuous_timestamps(video) as source:
        duration_s = probe(source).duration_s
        span = check_redo_span(span, duration_s)
        check_muxable(source, output, mux)
        redone = Redone(
            start_s=span.start_s,
            end_s=span.end_s,
            seed=result.origin.seed + 1 + len(recipe.redone) if seed is None else seed,
            prompt=prompt,
            candidates=CANDIDATES if span.end_s < duration_s else 1,
        )
        return _write(source, output, result, redone, None if events is None else Path(events), models, mux, overwrite)


def _write(
    video: Path,
    output: Path,
    earlier: EarlierResult,
    redone: Redone,
    events: Path | None,
    models: str | Path | ModelSource | Composer | None,
    mux: MuxConfig,
    overwrite: bool,
) -> Generation:
    timer, duration_s = StepTimer(), probe(video).duration_s
    with timer.step("load"):
        composer, named = _composer_of(earlier, models)
    old_mux, rate_hz = earlier.recipe.mux_config(), composer.clock.sample_rate_hz
    with timer.step("compose"), part("earlier music"):
        piece = generate_again(earlier, composer, video, duration_s, events)
        sound = finish_sound(video, piece.wave(), rate_hz, duration_s, old_mux)
        for before in earlier.recipe.redone:
            piece, sound = _redo(piece, sound, before, old_mux)
        check_same_sound(earlier, sound)
    with timer.step("redo"), part("new span"):
        _, sound = _redo(piece, sound, redone, old_mux)
    with timer.step("mux"):
        recipe = earlier.recipe.model_copy(update={"redone": (*earlier.recipe.redone, redone)})
        origin = Origin(
            version("v2meow-pipeline"),
            composer.bundle.fingerprint,
            named,
            earlier.origin.seed,
            earlier.origin.prompt,
            recipe.to_json(),
        )
        # The sound is finished; it must not be faded, normalised or mixed again.
        finished = MuxConfig(loudness_lufs=None, fade_out_s=0.0, audio_kbps=mux.audio_kbps, encode=mux.encode)
        report = mux_soundtrack(video, sound, SAMPLE_RATE_HZ, output, finished, overwrite, origin)
    seconds = timer.seconds
    speed = (sum(seconds.values()) - seconds["load"]) / duration_s
    made = Generation(output, redone.seed, redone.prompt, origin.model, named, report, seconds, speed)
    return replace(made, outputs=(output,))


def check_redo_span(span: Span, duration_s: float) -> Span:
    """Limits a span that is to be generated anew to the duration of a video.

    Args:
        span: the span.
        duration_s: duration of the video, seconds.

    Returns:
        The span, as `check_inside` limits it.

    Raises:
        ConfigError: if it is outside the video or too short.
    """
    span = check_inside(span, duration_s)
    if span.end_s - span.start_s < SHORTEST_S:
        raise ConfigError(f"The span {span} is too short.", f"Choose one of {SHORTEST_S:g} s or more.")
    return span


def _composer_of(earlier: EarlierResult, models: str | Path | ModelSource | Composer | None) -> tuple[Composer, str]:
    """Composer with the models and the settings of the earlier result."""
    composer, named = loaded(models, None)
    config = earlier.recipe.composer_config(composer.bundle.folder)
    if config.parts == composer.config.parts:
        composer = composer.with_config(config)
    else:
        composer = Composer.from_pretrained(composer.bundle.folder, config)
    check_models(earlier, composer)
    return composer, named


def _redo(piece: Piece, sound: np.ndarray, redone: Redone, mux: MuxConfig) -> tuple[Piece, np.ndarray]:
    """Generates a span anew and puts it into the finished sound."""
    made = redo_tokens(piece, redone)
    rate_hz = piece.composer.clock.sample_rate_hz
    new = finish_sound(piece.video, made.wave(), rate_hz, piece.duration_s, mux)
    return made, put_into(sound, new, Span(redone.start_s, redone.end_s), piece.duration_s)


def put_into(sound: np.ndarray, new: np.ndarray, span: Span, duration_s: float) -> np.ndarray:
    """Replaces a span of a sound, with a cross-fade inside the span at each end.

    Args:
        sound: finished sound, float32 [n, channel] at 48 kHz.
        new: sound of the same shape, which differs in the span only, but for a constant gain.
        span: the span, seconds.
        duration_s: duration of the sound, seconds; there is no cross-fade at its start and end.

    Returns:
        Sound that equals `sound` outside the span.
    """
    start, stop = (round(bound * SAMPLE_RATE_HZ) for bound in span)
    fade, joined = round(FADE_S * SAMPLE_RATE_HZ), sound.copy()
    inserted = limit_peaks(new * np.float32(_gain(sound, new, start, stop)), SAMPLE_RATE_HZ, PEAK)[start:stop]
    weight = np.ones((len(inserted), 1), np.float32)
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / fade)).astype(np.float32)[:, None]
    if span.start_s > 0:
        weight[:fade] = ramp
    if span.end_s < duration_s:
        weight[-fade:] = ramp[::-1]
    joined[start:stop] += weight * (inserted - joined[start:stop])
    return joined


def _gain(sound: np.ndarray, new: np.ndarray, start: int, stop: int) -> float:
    """Gain that makes `new` as loud as `sound` outside the span, where they are the same music."""
    outside = np.ones(len(sound), bool)
    outside[start:stop] = False
    energy = float(np.sum(np.square(new[outside], dtype=np.float64)))
    if energy == 0.0:
        return 1.0
    return float(np.sum(sound[outside].astype(np.float64) * new[outside])) / energy
