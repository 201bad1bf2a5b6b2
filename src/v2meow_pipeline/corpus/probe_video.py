"""Examination of one source video: probes it, and sorts its clips into usable and refused ones.

Runs in worker processes. A bad file yields a `Refusal`, not an exception.
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
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.isolation import MAX_BYTES, Isolated, ProcessDied, TimeLimit
from v2meow_pipeline.media.audio import iter_audio
from v2meow_pipeline.media.probe import VideoInfo, probe
from v2meow_pipeline.media.repair_timestamps import check_timestamps
from v2meow_pipeline.media.scan import scan
from v2meow_pipeline.source_video import SourceVideo, Split

# Tolerated excess of a clip over the end of the video, whose last frame is then repeated: a nominal ten seconds at
# 29.97 fps last 9.977 or 10.01 s.
END_TOLERANCE_S = 0.1
TOO_LARGE = f"Decoding it takes more than {MAX_BYTES >> 30} GiB of memory."
# Limit on the processor time of one file: a constant, plus its size over a minimum throughput.
SECONDS, BYTES_A_SECOND = 60.0, 1e6


class IngestConfig(Config):
    """Quality limits and split shares of the ingestion.

    Attributes:
        test_share: share of test sources among those without a preset split (paper: 80:20).
        val_share: share of validation sources among the remaining ones.
        seed: seed of the random assignment to splits.
        min_source_s: minimum length of a source shorter than a clip, which becomes one padded clip; None refuses all
            sources shorter than a clip. Seconds.
        silence_dbfs: RMS level below which audio counts as silent, dBFS.
        max_silent_fraction: maximum silent fraction of a clip.
        max_clipped_fraction: maximum fraction of clipped samples of a clip.
        max_av_difference_s: maximum time of a clip that the audio stream does not cover, seconds.
        splits: splits to ingest; None ingests all.
        workers: number of worker processes.
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
    """A usable clip of a source video.

    Attributes:
        number: index of the clip in the source, counting refused clips.
        start_s: start, seconds since the first frame of the source.
        end_s: end, seconds since the first frame of the source.
        quality: quality measures of its audio.
        av_difference_s: time of the clip that the audio stream does not cover, seconds.
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
    """A refused source or clip.

    Attributes:
        start_s: start of the clip, seconds; NaN for the whole source.
        reason: stable machine-readable code, such as "too_short".
        detail: problem, in one sentence.
        remedy: remedy, in one sentence.
    """

    start_s: float
    reason: str
    detail: str
    remedy: str


class Examined(NamedTuple):
    """Result of examining one source.

    Attributes:
        source: the examined source.
        sha256: SHA-256 of the file; empty if it cannot be read.
        info: stream properties; None if the source is refused.
        clips: usable clips, sorted by start.
        refusals: refusals of the source or of its clips.
    """

    source: SourceVideo
    sha256: str
    info: VideoInfo | None
    clips: tuple[Clip, ...]
    refusals: tuple[Refusal, ...]


def examine(source: SourceVideo, config: IngestConfig, clock: Clock) -> Examined:
    """Probes, hashes and measures one source.

    Args:
        source: source video; its file is untrusted.
        config: quality limits.
        clock: clip length and audio sample rate.

    Returns:
        Clips and refusals, which together cover the source except for a remainder shorter than a clip.
    """
    if source.absence is not None:
        why = source.absence
        return _refused(source, why.reason, why.detail, why.remedy)
    path = Path(source.path)
    try:
        info = probe(path)
        check_ranges(info._asdict(), VIDEO, "Convert it to H.264 and AAC with usual rates.")
        check_ranges(source.model_dump(), FACTS, "Correct its row in the captions table.")
        sha256 = _sha256(path)
        parts = list(_clips(path, info, config, clock))
    except MediaError as error:
        return _refused(source, error.reason, error.problem, error.remedy)
    except OSError as error:
        detail = f"It cannot be read: {error.strerror or error}."
        return _refused(source, "unreadable", detail, "Check the disk and its permissions.")
    clips = tuple(clip for clip in parts if isinstance(clip, Clip))
    refusals = tuple(clip for clip in parts if isinstance(clip, Refusal))
    if not clips and len({refusal.reason for refusal in refusals}) == 1:
        refusals = (refusals[0]._replace(start_s=math.nan),)
    return Examined(source, sha256, info, clips, refusals)


class Look(NamedTuple):
    """Arguments of `examine` in one tuple."""

    source: SourceVideo
    config: IngestConfig
    clock: Clock


def examine_isolated(source: SourceVideo, config: IngestConfig, clock: Clock) -> Examined:
    """Runs `examine` in a subprocess with limits on time and memory.

    Args:
        source: source video; its file is untrusted.
        config: quality limits.
        clock: clip length and audio sample rate.

    Returns:
        Result of `examine`; a file that crashes the subprocess or exceeds a limit is refused.
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
    return Isolated(_examine, Examined, __name__)


def _examine(arguments: Look) -> Examined:
    return examine(*arguments)


def _seconds(source: SourceVideo) -> float:
    """Processor time for examining a file: a minute, plus a second per megabyte."""
    try:
        return SECONDS + Path(source.path).stat().st_size / BYTES_A_SECOND
    except OSError:
        return SECONDS


def _clips(path: Path, info: VideoInfo, config: IngestConfig, clock: Clock) -> Iterator[Clip | Refusal]:
    if not info.has_audio:
        raise MediaError("no_audio", "It has no audio stream to learn from.", "Provide a video with its music.")
    # The duration in the headers may be longer than the actual stream.
    seen = scan(path, "video")
    check_timestamps(path, seen)
    duration_s = min(info.duration_s, seen.end_s - info.start_s)
    sound = scan(path, "audio")
    audio_span = (sound.first_s - info.start_s, sound.end_s - info.start_s)
    spans = _spans(duration_s, config, clock)
    stretches = [(span.start_s, span.end_s - span.start_s) for span in spans]
    for span, wave in zip(spans, iter_audio(path, clock.sample_rate_hz, info.start_s, stretches), strict=True):
        yield _judge(span, measure(wave, clock.sample_rate_hz, config.silence_dbfs), audio_span, config)


def _spans(duration_s: float, config: IngestConfig, clock: Clock) -> list[_Span]:
    count = int((duration_s + END_TOLERANCE_S) / clock.clip_s)
    if count:
        return [_Span(number, number * clock.clip_s, (number + 1) * clock.clip_s) for number in range(count)]
    if config.min_source_s is not None and duration_s >= config.min_source_s:
        return [_Span(0, 0.0, duration_s)]
    problem = f"It lasts {duration_s:.2f} s, shorter than a clip of {clock.clip_s:g} s."
    raise MediaError("too_short", problem, "Provide a longer video, or lower min_source_s.")


def _judge(span: _Span, quality: AudioQuality, audio_span: tuple[float, float], config: IngestConfig) -> Clip | Refusal:
    covered_s = max(0.0, min(span.end_s, audio_span[1]) - max(span.start_s, audio_span[0]))
    uncovered_s = span.end_s - span.start_s - covered_s
    if uncovered_s > config.max_av_difference_s:
        detail = f"The audio stream does not cover {uncovered_s:.2f} s of it."
        return Refusal(
            span.start_s, "audio_shorter", detail, "Cut the video to its audio, or raise max_av_difference_s."
        )
    if quality.silent_fraction > config.max_silent_fraction or quality.lufs == -math.inf:
        detail = f"{quality.silent_fraction:.0%} of it is below {config.silence_dbfs:g} dBFS; {quality.lufs:.0f} LUFS."
        return Refusal(
            span.start_s, "silent_audio", detail, "Provide a video with music, or raise max_silent_fraction."
        )
    if quality.clipped_fraction > config.max_clipped_fraction:
        detail = f"{quality.clipped_fraction:.0%} of its samples are clipped."
        return Refusal(
            span.start_s, "clipped_audio", detail, "Provide a cleaner recording, or raise max_clipped_fraction."
        )
    try:
        check_ranges(
            {"audio_peak": quality.peak, "audio_lufs": quality.lufs}, SOUND, "Normalize it to a usual loudness."
        )
    except MediaError as error:
        return Refusal(span.start_s, error.reason, error.problem, error.remedy)
    return Clip(*span, quality, round(uncovered_s, 6))


def _refused(source: SourceVideo, reason: str, detail: str, remedy: str) -> Examined:
    """Result for a source that is refused as a whole."""
    return Examined(source, "", None, (), (Refusal(math.nan, reason, detail, remedy),))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
