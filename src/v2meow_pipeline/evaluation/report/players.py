"""Players of the report: encoded video and audio of each clip, with spectrograms, beats, cuts and motion."""

import io
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import cv2
import ffmpeg
import numpy as np
import pandas as pd
import soundfile

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.evaluation.audio_sets import digest_of
from v2meow_pipeline.evaluation.motion_events import Span, detect_motion_events
from v2meow_pipeline.evaluation.report.config import ReportConfig
from v2meow_pipeline.evaluation.report.selection import ReportClips
from v2meow_pipeline.media.ffmpeg import file_url, local_input, run
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.metrics.rhythm import analyse_rhythm
from v2meow_pipeline.parallel import parallel_map
from v2meow_pipeline.tokenizers.log_mel import magnitudes

log = logging.getLogger(__name__)

STRIP = (640, 72)
WEBP_QUALITY = 55
WINDOW = 1024
LOWEST_HZ = 60.0
DECIBELS = (-95.0, -25.0)
COLOURS = "magma"
# Frequent keyframes make seeking fast.
KEYFRAME_EVERY = 25
NO_VIDEO = Path()


class Sound(NamedTuple):
    """Encoded audio of one system for one clip.

    Attributes:
        mp3: MP3 file.
        strip: spectrogram as a WebP image with a logarithmic frequency axis, low frequencies at the bottom.
        beats_s: beat times in seconds from the start of the clip.
    """

    mp3: bytes
    strip: bytes
    beats_s: list[float]


class Player(NamedTuple):
    """Player of one clip.

    Attributes:
        clip_id: id of the clip in the manifest.
        split: split of the clip.
        genre: genre of the clip; empty if unknown.
        caption: caption of the clip; empty if unknown.
        duration_s: duration of the audio in seconds.
        video: MP4 file without audio; empty if there is no readable video.
        picture: cuts and motion of the video; None if there is no readable video.
        sounds: system -> encoded audio.
    """

    clip_id: str
    split: str
    genre: str
    caption: str
    duration_s: float
    video: bytes
    picture: Picture | None
    sounds: dict[str, Sound]


def make_players(shown: ReportClips, clock: Clock, config: ReportConfig) -> list[Player]:
    """Encodes video and audio of the players in parallel; a wave that several systems share is encoded once.

    Args:
        shown: clips in the report.
        clock: sample rate of the waves.
        config: compression settings.

    Returns:
        Players in the order of `shown.facts`.
    """
    facts, rate_hz = shown.facts, clock.sample_rate_hz
    waves: dict[str, np.ndarray] = {}
    digests = {name: [_remember(wave, waves) for wave in audio.waves()] for name, audio in shown.systems.items()}
    spans = [Span(Path(path), start_s, end_s - start_s) for path, start_s, end_s in _stretches(facts)]
    # Audio and video are encoded in one pool, since starting processes twice would take longer than the work.
    encode = partial(encode_sound, sample_rate_hz=rate_hz, compression=config.sound_compression)
    tasks: list[Callable[[], Any]] = [partial(encode, wave) for wave in waves.values()]
    tasks += [partial(_encode_video, span, float(clock.flow_fps), config) for span in spans]
    done = list(parallel_map(_call, tasks, config.workers, "encoding audio and video"))
    sounds, videos = dict(zip(waves, done, strict=False)), done[len(waves) :]
    texts = facts[["clip_id", "split", "genre", "caption"]].fillna("").astype(str).itertuples(index=False)
    seconds = [clip.samples / rate_hz for clip in next(iter(shown.systems.values())).clips]
    return [
        Player(clip_id, split, genre, caption, duration_s, video, picture, _of_clip(digests, index, sounds))
        for index, ((clip_id, split, genre, caption), (video, picture), duration_s) in enumerate(
            zip(texts, videos, seconds, strict=True)
        )
    ]


def encode_sound(wave: np.ndarray, sample_rate_hz: int, compression: float) -> Sound:
    """Encodes one wave, and computes its spectrogram and beats.

    Args:
        wave: mono waveform, float32 [n].
        sample_rate_hz: sample rate in Hz; must be supported by MP3, such as 16,000, 22,050 or 44,100.
        compression: compression level of MP3, from 0 (best quality) to 1 (smallest).

    Returns:
        MP3, spectrogram and beats.
    """
    file = io.BytesIO()
    # A variable bit rate makes silence small. The file header records the encoder's padding, so playback stays in time.
    kind = {"format": "MP3", "compression_level": compression, "bitrate_mode": "VARIABLE"}
    soundfile.write(file, np.clip(wave, -1, 1), sample_rate_hz, **kind)
    beats_s = analyse_rhythm(wave, sample_rate_hz).beats_s
    return Sound(file.getvalue(), draw_strip(wave, sample_rate_hz), [round(float(beat), 3) for beat in beats_s])


def draw_strip(wave: np.ndarray, sample_rate_hz: int) -> bytes:
    """Draws a spectrogram without axes, as a WebP image of at most `STRIP` pixels.

    Args:
        wave: mono waveform, float32 [n].
        sample_rate_hz: sample rate in Hz.

    Returns:
        Content of the WebP file.
    """
    from matplotlib import colormaps

    width, height = STRIP
    hop = max(1, len(wave) // width)
    spectra = magnitudes(np.asarray(wave, np.float32), max(1, len(wave) // hop), WINDOW, hop)
    pitches_hz = np.geomspace(LOWEST_HZ, sample_rate_hz / 2, height)
    bins_hz = np.linspace(0, sample_rate_hz / 2, spectra.shape[1])
    rows = np.stack([np.interp(pitches_hz, bins_hz, spectrum) for spectrum in spectra], axis=1)
    loud = np.clip((20 * np.log10(rows + 1e-9) - DECIBELS[0]) / (DECIBELS[1] - DECIBELS[0]), 0, 1)
    image = (colormaps[COLOURS](loud[::-1])[..., 2::-1] * 255).astype(np.uint8)
    return bytes(cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY])[1])


def _call(task: Callable[[], Any]) -> Any:
    return task()


def _stretches(facts: pd.DataFrame) -> list[tuple[str, float, float]]:
    return list(facts[["path", "start_s", "end_s"]].fillna({"path": ""}).itertuples(index=False, name=None))


def _remember(wave: np.ndarray, waves: dict[str, np.ndarray]) -> str:
    """Adds a wave to those that are encoded, and returns its digest."""
    digest = digest_of(wave)
    waves.setdefault(digest, wave)
    return digest


def _of_clip(digests: Mapping[str, Sequence[str]], index: int, sounds: Mapping[str, Sound]) -> dict[str, Sound]:
    return {name: sounds[of_system[index]] for name, of_system in digests.items()}


def _encode_video(span: Span, fps: float, config: ReportConfig) -> tuple[bytes, Picture | None]:
    """Encoded video of the segment and its events; empty, with a warning, if the video cannot be read."""
    if span.path == NO_VIDEO:
        return b"", None
    try:
        return _shrink(span, config), detect_motion_events(span, fps)
    except MediaError as error:
        log.warning("The report has no video of %s: %s", span.path, error)
        return b"", None


def _shrink(span: Span, config: ReportConfig) -> bytes:
    """Segment of the video, downscaled, as H.264 in an MP4 file without audio."""
    demuxer = probe(span.path).container.partition(",")[0]
    stretch = local_input(span.path, demuxer, ss=max(0.0, span.start_s), t=span.duration_s)
    small = stretch["v:0"].filter("scale", f"trunc(min({config.video_px},iw)/2)*2", -2)
    coded = {"c:v": "libx264", "preset": "veryfast", "crf": config.video_crf, "pix_fmt": "yuv420p", "g": KEYFRAME_EVERY}
    with TemporaryDirectory() as folder:
        target = Path(folder) / "small.mp4"
        run(ffmpeg.output(small, file_url(target), **coded, format="mp4", movflags="+faststart", threads=1))
        return target.read_bytes()
