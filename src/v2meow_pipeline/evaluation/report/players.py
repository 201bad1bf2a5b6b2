"""What a report plays of each clip: the picture, every system's sound, and what can be seen of both."""

import io
import logging
from collections.abc import Callable
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
from v2meow_pipeline.evaluation.motion_events import Span, detect_motion_events
from v2meow_pipeline.evaluation.report.config import ReportConfig
from v2meow_pipeline.evaluation.report.selection import Shown
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
# A player jumps to keyframes quickly.
KEYFRAME_EVERY = 25
NO_VIDEO = Path()


class Sound(NamedTuple):
    """One system's sound of one clip.

    Attributes:
        mp3: the sound.
        strip: its spectrogram as WebP, low notes at the bottom, an octave as high as the next.
        beats_s: seconds since the clip's start.
    """

    mp3: bytes
    strip: bytes
    beats_s: list[float]


class Player(NamedTuple):
    """One clip.

    Attributes:
        clip_id: of the manifest.
        split: likewise.
        genre: empty where unknown.
        caption: likewise.
        duration_s: of the sound.
        video: MP4 without sound; empty where there is none that can be read.
        picture: cuts and movement; None where there is no video.
        sounds: by system.
    """

    clip_id: str
    split: str
    genre: str
    caption: str
    duration_s: float
    video: bytes
    picture: Picture | None
    sounds: dict[str, Sound]


def make_players(shown: Shown, clock: Clock, config: ReportConfig) -> list[Player]:
    """Encodes what is played, spread over processes; a wave that several systems share is encoded once.

    Args:
        shown: the clips.
        clock: rate of the waves.
        config: how small.

    Returns:
        In the order of `shown.facts`.
    """
    facts, rate_hz = shown.facts, clock.sample_rate_hz
    waves = {id(wave): wave for of_system in shown.waves.values() for wave in of_system}
    spans = [Span(Path(path), start_s, end_s - start_s) for path, start_s, end_s in _stretches(facts)]
    # All in one: processes that start twice would cost more than what they do.
    encode = partial(encode_sound, sample_rate_hz=rate_hz, compression=config.sound_compression)
    tasks: list[Callable[[], Any]] = [partial(encode, wave) for wave in waves.values()]
    tasks += [partial(_see, span, float(clock.flow_fps), config) for span in spans]
    done = list(parallel_map(_do, tasks, config.workers, "encoding sound and pictures"))
    sounds, seen = dict(zip(waves, done, strict=False)), done[len(waves) :]
    told = facts[["clip_id", "split", "genre", "caption"]].fillna("").astype(str).itertuples(index=False)
    seconds = [len(wave) / rate_hz for wave in next(iter(shown.waves.values()))]
    return [
        Player(clip_id, split, genre, caption, lasts_s, video, picture, _named(shown, index, sounds))
        for index, ((clip_id, split, genre, caption), (video, picture), lasts_s) in enumerate(
            zip(told, seen, seconds, strict=True)
        )
    ]


def encode_sound(wave: np.ndarray, sample_rate_hz: int, compression: float) -> Sound:
    """One wave as small as it may be.

    Args:
        wave: float32 [n].
        sample_rate_hz: one that MP3 knows, such as 16,000, 22,050 or 44,100.
        compression: from 0, the best, to 1, the smallest.

    Returns:
        Sound, spectrogram and beats.
    """
    file = io.BytesIO()
    # Variable: silence costs nothing. The file says how much its encoder added, so players keep the sound in time.
    kind = {"format": "MP3", "compression_level": compression, "bitrate_mode": "VARIABLE"}
    soundfile.write(file, np.clip(wave, -1, 1), sample_rate_hz, **kind)
    beats_s = analyse_rhythm(wave, sample_rate_hz).beats_s
    return Sound(file.getvalue(), draw_strip(wave, sample_rate_hz), [round(float(beat), 3) for beat in beats_s])


def draw_strip(wave: np.ndarray, sample_rate_hz: int) -> bytes:
    """A wave's spectrogram without axes, as WebP of `STRIP` pixels at most.

    Args:
        wave: float32 [n].
        sample_rate_hz: of the wave.

    Returns:
        The file.
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


def _do(task: Callable[[], Any]) -> Any:
    return task()


def _stretches(facts: pd.DataFrame) -> list[tuple[str, float, float]]:
    return list(facts[["path", "start_s", "end_s"]].fillna({"path": ""}).itertuples(index=False, name=None))


def _named(shown: Shown, index: int, sounds: dict[int, Sound]) -> dict[str, Sound]:
    return {name: sounds[id(waves[index])] for name, waves in shown.waves.items()}


def _see(span: Span, fps: float, config: ReportConfig) -> tuple[bytes, Picture | None]:
    """The stretch's picture and what happens in it; nothing, with a word, for a video that cannot be read."""
    if span.path == NO_VIDEO:
        return b"", None
    try:
        return _shrink(span, config), detect_motion_events(span, fps)
    except MediaError as error:
        log.warning("The report has no picture of %s: %s", span.path, error)
        return b"", None


def _shrink(span: Span, config: ReportConfig) -> bytes:
    """The stretch's picture as a small H.264 in an MP4."""
    demuxer = probe(span.path).container.partition(",")[0]
    stretch = local_input(span.path, demuxer, ss=max(0.0, span.start_s), t=span.duration_s)
    small = stretch["v:0"].filter("scale", f"trunc(min({config.video_px},iw)/2)*2", -2)
    coded = {"c:v": "libx264", "preset": "veryfast", "crf": config.video_crf, "pix_fmt": "yuv420p", "g": KEYFRAME_EVERY}
    with TemporaryDirectory() as folder:
        target = Path(folder) / "small.mp4"
        run(ffmpeg.output(small, file_url(target), **coded, format="mp4", movflags="+faststart", threads=1))
        return target.read_bytes()
