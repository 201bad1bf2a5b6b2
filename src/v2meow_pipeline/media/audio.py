"""Audio reading, resampled and aligned with the video timestamps, and WAV writing."""

from collections import deque
from collections.abc import Iterator, Sequence
from io import BytesIO
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

# Decoding starts this long before the requested time, since decoders need some input before their output is correct.
PREROLL_S = 1.0


def read_audio(
    path: Path, sample_rate_hz: int, start_s: float = 0.0, duration_s: float | None = None, mono: bool = True
) -> np.ndarray:
    """Reads the audio of a file, aligned with the timestamps of its video.

    Stream offsets, encoder priming and gaps are accounted for; times without audio are filled with zeros. A file
    without an audio stream raises MediaError "no_audio"; other errors are those of `source.open_media`.

    Args:
        path: local video or audio file.
        sample_rate_hz: output sample rate, Hz.
        start_s: start time, seconds since the first video frame, or since the first sample of an audio file.
        duration_s: duration, seconds; None reads to the end of the video stream, or of an audio file.
        mono: whether to average all channels except low-frequency ones.

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


def audio_duration_s(path: Path) -> float:
    """Duration of what `read_audio` reads from a file, seconds; the errors are the same."""
    with open_media(path) as container:
        _require_audio_stream(container, path)
    return _time_axis(path)[1]


def iter_audio(
    path: Path, sample_rate_hz: int, zero_s: float, spans: Sequence[tuple[float, float]]
) -> Iterator[np.ndarray]:
    """Reads the audio of several spans of a file in one decode pass, holding only a few spans in memory.

    Args:
        path: local video or audio file.
        sample_rate_hz: output sample rate, Hz.
        zero_s: container timestamp of time zero, seconds: `VideoInfo.start_s`.
        spans: start and duration of each span, seconds since time zero, sorted by start.

    Yields:
        Audio of each span, as from `read_audio`: float32 [n], mono.

    Raises:
        MediaError: as in `read_audio`.
    """
    pending, active = deque(spans), deque[tuple[float, np.ndarray]]()

    def begin(until_s: float) -> None:
        while pending and zero_s + pending[0][0] < until_s:
            start_s, length_s = pending.popleft()
            active.append((zero_s + start_s, np.zeros(max(0, round(length_s * sample_rate_hz)), np.float32)))

    with open_media(path) as container:
        for block in blocks(container, _require_audio_stream(container, path), sample_rate_hz):
            begin(block.time_s + len(block.samples) / sample_rate_hz)
            for first_s, wave in active:
                _copy_block(wave, round((block.time_s - first_s) * sample_rate_hz), block)
            # Blocks may overlap, but by less than PREROLL_S.
            while active and active[0][0] + len(active[0][1]) / sample_rate_hz + PREROLL_S < block.time_s:
                yield active.popleft()[1]
    while active or pending:
        if not active:  # spans beyond the end of the audio
            begin(zero_s + pending[0][0] + 1 / sample_rate_hz)
        yield active.popleft()[1]


def write_wav(path: Path, wave: np.ndarray, sample_rate_hz: int) -> None:
    """Writes a waveform to a 16-bit PCM WAV file atomically.

    Args:
        path: output file.
        wave: float [n] or [n, channel], full scale 1; louder samples are clipped.
        sample_rate_hz: sample rate, Hz.
    """
    import soundfile

    # In memory: soundfile refuses names that are not UTF-8, and ignores the error of a full disk.
    encoded = BytesIO()
    soundfile.write(encoded, np.clip(wave, -1.0, 1.0), sample_rate_hz, format="WAV", subtype="PCM_16")
    with atomic_path(path) as partial:
        partial.write_bytes(encoded.getbuffer())


def _time_axis(path: Path) -> tuple[float, float]:
    """Container timestamp of time zero, and duration of the file, seconds."""
    try:
        info = probe(path)
        return info.start_s, info.duration_s
    except MediaError as error:
        if error.reason not in ("no_video", "one_frame", "no_frame_rate"):
            raise
    with open_media(path) as container:
        stream = _require_audio_stream(container, path)
        start_s = next((time_s for time_s, _ in timed_frames(container, stream)), 0.0)
        return start_s, extent_s(path, container, stream, start_s)


def _require_audio_stream(container: InputContainer, path: Path) -> AudioStream:
    stream = audio_stream(container)
    if stream is None:
        raise MediaError(
            "no_audio", f"{display_name(path)} has no readable audio stream.", "Provide a file with audio."
        )
    return only(stream)


def _read(path: Path, sample_rate_hz: int, first_s: float, count: int, mono: bool, seek: bool) -> np.ndarray | None:
    """Reads `count` samples from `first_s` on; None if a seek landed after `first_s`."""
    with open_media(path) as container:
        stream = _require_audio_stream(container, path)
        from_s = first_s - PREROLL_S
        covers_start = not seek or from_s * av.time_base <= (container.start_time or 0)
        if not covers_start:
            move_to(container, from_s, stream)
        wave = np.zeros((count,) if mono else (count, stream.channels), np.float32)
        for block in blocks(container, stream, sample_rate_hz):
            covers_start = covers_start or block.time_s <= first_s
            if not covers_start:
                return None
            offset = round((block.time_s - first_s) * sample_rate_hz)
            if offset >= count:
                break
            _copy_block(wave, offset, block)
        return wave if covers_start else None


def _copy_block(wave: np.ndarray, offset: int, block: Block) -> None:
    """Copies a block into the waveform at a sample offset, cropped to the waveform."""
    samples = block.mono() if wave.ndim == 1 else block.fitted(wave.shape[1])
    samples = samples[max(0, -offset) :]
    target = wave[max(0, offset) : max(0, offset) + len(samples)]
    target[...] = samples[: len(target)]
