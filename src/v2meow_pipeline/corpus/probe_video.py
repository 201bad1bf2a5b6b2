"""One source video looked at: usable clips with their measures, and what is refused with the reason.

This is what worker processes do; nothing here raises for a bad file.
"""

import hashlib
import math
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.quality import AudioQuality, measure
from v2meow_pipeline.corpus.ranges import FACTS, SOUND, VIDEO, check_ranges
from v2meow_pipeline.corpus.record import SourceVideo, Split
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.isolation import MAX_BYTES, Isolated, ProcessDied, TimeLimit
from v2meow_pipeline.media.audio import iter_audio
from v2meow_pipeline.media.probe import VideoInfo, probe
from v2meow_pipeline.media.repair_timestamps import check_timestamps
from v2meow_pipeline.media.scan import scan

# A clip may reach so far beyond the last frame, which is then held: ten seconds of 29.97 fps last 9.977 or 10.01.
END_TOLERANCE_S = 0.1
TOO_LARGE = f"Reading it takes more than {MAX_BYTES >> 30} GiB of memory."
# What looking at a file may take.
SECONDS, BYTES_A_SECOND = 60.0, 1e6


class IngestConfig(Config):
    """What is taken from source videos, and how it is split.

    Attributes:
        test_share: of the sources without a split of their own, those kept for testing (paper: 80:20).
        val_share: of the others, those kept for validation.
        seed: another one deals other splits.
        min_source_s: a source shorter than a clip, but at least this long, becomes one padded clip; None refuses it.
        silence_dbfs: root mean square below which sound counts as silent.
        max_silent_fraction: clips that are silent for more of their time than this are refused.
        max_clipped_fraction: clips of which more samples than this are clipped are refused.
        max_av_difference_s: clips with more time than this outside the sound stream are refused.
        splits: only their videos become clips; None takes those of all splits.
        workers: processes.
    """

    test_share: float = Field(0.2, ge=0, lt=1)
    val_share: float = Field(0.1, ge=0, lt=1)
    seed: int = 0
    min_source_s: float | None = Field(None, gt=0)
    silence_dbfs: float = Field(-60.0, lt=0)
    max_silent_fraction: float = Field(0.9, ge=0, le=1)
    max_clipped_fraction: float = Field(0.25, ge=0, le=1)
    max_av_difference_s: float = Field(0.5, ge=0)
    splits: tuple[Split, ...] | None = None
    workers: int = Field(2, ge=1)


class Clip(NamedTuple):
    """A stretch of a source that can be learnt from.

    Attributes:
        number: its place in the source, refused clips counted too.
        start_s: seconds since the source's first frame.
        end_s: likewise.
        quality: of its sound.
        av_difference_s: seconds of it that the sound stream does not cover.
    """

    number: int
    start_s: float
    end_s: float
    quality: AudioQuality
    av_difference_s: float


class _Span(NamedTuple):
    number: int
    start_s: float
    end_s: float


class Refusal(NamedTuple):
    """A source, or a clip of one, that is left out.

    Attributes:
        start_s: of the clip; NaN for the whole source.
        reason: a short stable word.
        detail: one sentence.
        remedy: one sentence.
    """

    start_s: float
    reason: str
    detail: str
    remedy: str


class Examined(NamedTuple):
    """All that is known of a source after one look.

    Attributes:
        source: as it came.
        sha256: of the file; empty where it cannot be read.
        info: None where the source is refused.
        clips: by start.
        refusals: of the source or of clips.
    """

    source: SourceVideo
    sha256: str
    info: VideoInfo | None
    clips: tuple[Clip, ...]
    refusals: tuple[Refusal, ...]


def examine(source: SourceVideo, config: IngestConfig, clock: Clock) -> Examined:
    """Probes, hashes and measures one source.

    Args:
        source: a file that may be anything.
        config: limits.
        clock: length of a clip and rate of the sound.

    Returns:
        Clips and refusals; together they cover the source, but for the remainder that is shorter than a clip.
    """
    if source.absence is not None:
        why = source.absence
        return _refused(source, why.reason, why.detail, why.remedy)
    path = Path(source.path)
    try:
        info = probe(path)
        check_ranges(info._asdict(), VIDEO, "Convert it to H.264 and AAC with usual rates.")
        check_ranges(source.model_dump(), FACTS, "Correct what the table of captions says of it.")
        sha256 = _sha256(path)
        looked_at = list(_clips(path, info, config, clock))
    except MediaError as error:
        return _refused(source, error.reason, error.problem, error.remedy)
    except OSError as error:
        detail = f"It cannot be read: {error.strerror or error}."
        return _refused(source, "unreadable", detail, "Check the disk and its permissions.")
    clips = tuple(clip for clip in looked_at if isinstance(clip, Clip))
    refusals = tuple(clip for clip in looked_at if isinstance(clip, Refusal))
    if not clips and len({refusal.reason for refusal in refusals}) == 1:
        refusals = (refusals[0]._replace(start_s=math.nan),)
    return Examined(source, sha256, info, clips, refusals)


class Look(NamedTuple):
    """The arguments of `examine`, as one."""

    source: SourceVideo
    config: IngestConfig
    clock: Clock


def examine_isolated(source: SourceVideo, config: IngestConfig, clock: Clock) -> Examined:
    """`examine` in a process of its own, with limits on time and memory.

    Args:
        source: a file that may be anything.
        config: limits.
        clock: length of a clip and rate of the sound.

    Returns:
        As `examine`; a file that ends the process, or takes too long, is refused.
    """
    try:
        return _examiner()(Look(source, config, clock), _seconds(source))
    except TimeLimit as error:
        return _refused(source, "too_slow", error.problem, error.remedy)
    except ProcessDied as error:
        return _refused(source, "crashed", error.problem, error.remedy)
    except MemoryError:
        return _refused(source, "too_large", TOO_LARGE, "Scale it down, or cut it.")


@lru_cache(maxsize=1)
def _examiner() -> "Isolated[Look, Examined]":
    return Isolated(_examine, __name__)


def _examine(look: Look) -> Examined:
    return examine(*look)


def _seconds(source: SourceVideo) -> float:
    """What looking at a file may take: a minute, and a second for each megabyte."""
    try:
        return SECONDS + Path(source.path).stat().st_size / BYTES_A_SECOND
    except OSError:
        return SECONDS


def _clips(path: Path, info: VideoInfo, config: IngestConfig, clock: Clock) -> Iterator[Clip | Refusal]:
    if not info.has_audio:
        raise MediaError("no_audio", "It has no sound to learn from.", "Give a video with its music.")
    # What the headers promise may be longer than what is there.
    seen = scan(path, "video")
    check_timestamps(path, seen)
    duration_s = min(info.duration_s, seen.end_s - info.start_s)
    sound = scan(path, "audio")
    heard = (sound.first_s - info.start_s, sound.end_s - info.start_s)
    spans = _spans(duration_s, config, clock)
    stretches = [(span.start_s, span.end_s - span.start_s) for span in spans]
    for span, wave in zip(spans, iter_audio(path, clock.sample_rate_hz, info.start_s, stretches), strict=True):
        yield _judge(span, measure(wave, clock.sample_rate_hz, config.silence_dbfs), heard, config)


def _spans(duration_s: float, config: IngestConfig, clock: Clock) -> list[_Span]:
    count = int((duration_s + END_TOLERANCE_S) / clock.clip_s)
    if count:
        return [_Span(number, number * clock.clip_s, (number + 1) * clock.clip_s) for number in range(count)]
    if config.min_source_s is not None and duration_s >= config.min_source_s:
        return [_Span(0, 0.0, duration_s)]
    problem = f"It lasts {duration_s:.2f} s, a clip {clock.clip_s:g} s."
    raise MediaError("too_short", problem, "Give a longer video, or lower min_source_s.")


def _judge(span: _Span, quality: AudioQuality, heard: tuple[float, float], config: IngestConfig) -> Clip | Refusal:
    covered_s = max(0.0, min(span.end_s, heard[1]) - max(span.start_s, heard[0]))
    unheard_s = span.end_s - span.start_s - covered_s
    if unheard_s > config.max_av_difference_s:
        detail = f"Its sound covers all but {unheard_s:.2f} s of it."
        return Refusal(
            span.start_s, "audio_shorter", detail, "Cut the video to its sound, or raise max_av_difference_s."
        )
    if quality.silent_fraction > config.max_silent_fraction or quality.lufs == -math.inf:
        detail = f"{quality.silent_fraction:.0%} of it is below {config.silence_dbfs:g} dBFS; {quality.lufs:.0f} LUFS."
        return Refusal(span.start_s, "silent_audio", detail, "Give a video with music, or raise max_silent_fraction.")
    if quality.clipped_fraction > config.max_clipped_fraction:
        detail = f"{quality.clipped_fraction:.0%} of its samples are clipped."
        return Refusal(
            span.start_s, "clipped_audio", detail, "Give a cleaner recording, or raise max_clipped_fraction."
        )
    try:
        check_ranges({"audio_peak": quality.peak, "audio_lufs": quality.lufs}, SOUND, "Give it at a usual loudness.")
    except MediaError as error:
        return Refusal(span.start_s, error.reason, error.problem, error.remedy)
    return Clip(*span, quality, round(unheard_s, 6))


def _refused(source: SourceVideo, reason: str, detail: str, remedy: str) -> Examined:
    """A source that is left out as a whole."""
    return Examined(source, "", None, (), (Refusal(math.nan, reason, detail, remedy),))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
