"""Sound: read at one rate, in step with the picture; written as WAV."""

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.extent import duration_s as extent_s
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.pyav import move_to
from v2meow_pipeline.media.sound import Block, blocks, timed_frames
from v2meow_pipeline.media.source import audio_stream, display_name, only, open_media

# A decoder needs some sound before the wanted time to be right at it.
PREROLL_S = 1.0


def read_audio(
    path: Path, sample_rate_hz: int, start_s: float = 0.0, duration_s: float | None = None, mono: bool = True
) -> np.ndarray:
    """The sound of a file, sample 0 falling on a time of its picture.

    Offsets between the streams, encoder priming and holes are respected: where there is no sound there are zeros.
    A file without a sound stream is a MediaError of reason "no_audio"; others are those of `source.open_media`.

    Args:
        path: a local video, or a sound file.
        sample_rate_hz: samples a second wanted.
        start_s: seconds since the first frame shown; in a sound file, since its first sample.
        duration_s: seconds wanted; None reads to the end of the picture, in a sound file to the end of the sound.
        mono: the mean of all channels but low-frequency ones, instead of each channel.

    Returns:
        float32 [n], or [n, channel] unless `mono`; n = round(duration_s * sample_rate_hz), full scale 1.
    """
    zero_s, length_s = _time_axis(path)
    duration_s = length_s - start_s if duration_s is None else duration_s
    count, first_s = max(0, round(duration_s * sample_rate_hz)), zero_s + start_s
    wave = _read(path, sample_rate_hz, first_s, count, mono, seek=True)
    if wave is None:
        wave = _read(path, sample_rate_hz, first_s, count, mono, seek=False)
    assert wave is not None
    return wave


def iter_audio(
    path: Path, sample_rate_hz: int, zero_s: float, spans: Sequence[tuple[float, float]]
) -> Iterator[np.ndarray]:
    """The sound of many stretches of a file, decoded once, in the memory of a few of them.

    Args:
        path: a local video or sound file.
        sample_rate_hz: samples a second wanted.
        zero_s: where time zero lies on the container's axis, seconds: `VideoInfo.start_s`.
        spans: start and duration of each, seconds since time zero, by ascending start.

    Yields:
        For each span what `read_audio` gives: float32 [n], mono.

    Raises:
        MediaError: as `read_audio`.
    """
    waiting, begun = deque(spans), deque[tuple[float, np.ndarray]]()

    def begin(until_s: float) -> None:
        while waiting and zero_s + waiting[0][0] < until_s:
            start_s, length_s = waiting.popleft()
            begun.append((zero_s + start_s, np.zeros(max(0, round(length_s * sample_rate_hz)), np.float32)))

    with open_media(path) as container:
        for block in blocks(container, _sound(container, path), sample_rate_hz):
            begin(block.time_s + len(block.samples) / sample_rate_hz)
            for first_s, wave in begun:
                _place(wave, round((block.time_s - first_s) * sample_rate_hz), block)
            # Blocks may overlap a little; none comes back by as much as a decoder's preroll.
            while begun and begun[0][0] + len(begun[0][1]) / sample_rate_hz + PREROLL_S < block.time_s:
                yield begun.popleft()[1]
    while begun or waiting:
        if not begun:  # beyond the end of the sound, one at a time
            begin(zero_s + waiting[0][0] + 1 / sample_rate_hz)
        yield begun.popleft()[1]


def write_wav(path: Path, wave: np.ndarray, sample_rate_hz: int) -> None:
    """Writes a wave as 16-bit PCM, atomically.

    Args:
        path: the file to make.
        wave: float [n] or [n, channel], full scale 1; louder samples are clipped.
        sample_rate_hz: samples a second.
    """
    import soundfile

    # An open file: soundfile itself refuses names that are not UTF-8.
    with atomic_path(path) as partial, partial.open("wb") as file:
        soundfile.write(file, np.clip(wave, -1.0, 1.0), sample_rate_hz, format="WAV", subtype="PCM_16")


def _time_axis(path: Path) -> tuple[float, float]:
    """Where time zero lies on the container's axis, and how long the file is, seconds."""
    try:
        info = probe(path)
        return info.start_s, info.duration_s
    except MediaError as error:
        if error.reason not in ("no_video", "one_frame", "no_frame_rate"):
            raise
    with open_media(path) as container:
        stream = _sound(container, path)
        start_s = next((time_s for time_s, _ in timed_frames(container, stream)), 0.0)
        return start_s, extent_s(path, container, stream, start_s)


def _sound(container: InputContainer, path: Path) -> AudioStream:
    stream = audio_stream(container)
    if stream is None:
        raise MediaError("no_audio", f"{display_name(path)} has no sound that can be read.", "Give a file with sound.")
    return only(stream)


def _read(path: Path, sample_rate_hz: int, first_s: float, count: int, mono: bool, seek: bool) -> np.ndarray | None:
    """The samples from `first_s` on; None where a seek landed too late to have the first of them."""
    with open_media(path) as container:
        stream = _sound(container, path)
        from_s = first_s - PREROLL_S
        landed = not seek or from_s * av.time_base <= (container.start_time or 0)
        if not landed:
            move_to(container, from_s, stream)
        wave = np.zeros((count,) if mono else (count, stream.channels), np.float32)
        for block in blocks(container, stream, sample_rate_hz):
            landed = landed or block.time_s <= first_s
            if not landed:
                return None
            offset = round((block.time_s - first_s) * sample_rate_hz)
            if offset >= count:
                break
            _place(wave, offset, block)
        return wave if landed else None


def _place(wave: np.ndarray, offset: int, block: Block) -> None:
    """Puts a block at its sample, leaving out what lies before the wave or beyond it."""
    samples = block.mono() if wave.ndim == 1 else block.fitted(wave.shape[1])
    samples = samples[max(0, -offset) :]
    target = wave[max(0, offset) : max(0, offset) + len(samples)]
    target[...] = samples[: len(target)]
