"""Audio decoding to resampled blocks with timestamps."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from v2meow_pipeline.media.pyav import decode_audio, demux, reading

# Tolerated timestamp jitter. A larger deviation is a gap or an overlap, after which blocks are timed anew.
JITTER_S = 0.01
LOW_FREQUENCY = frozenset(("LFE", "LFE2"))


class Block(NamedTuple):
    """Block of audio samples.

    Attributes:
        time_s: container timestamp of its first sample, seconds.
        samples: float32 [n, channel], full scale 1.
        channels: channel names, such as "FL".
    """

    time_s: float
    samples: np.ndarray
    channels: tuple[str, ...]

    def mono(self) -> np.ndarray:
        """Mono downmix: the mean of all channels except low-frequency ones, float32 [n].

        Used in place of ffmpeg's downmix, which is 3 dB louder for float than for integer sources.
        """
        if len(self.channels) == 1:
            return self.samples[:, 0]
        full = [i for i, name in enumerate(self.channels) if name not in LOW_FREQUENCY]
        return self.samples[:, full or slice(None)].mean(axis=1, dtype=np.float32)

    def fitted(self, channels: int) -> np.ndarray:
        """Samples with `channels` channels, float32 [n, channels]; if the number differs, the mono downmix in each."""
        if self.samples.shape[1] == channels:
            return self.samples
        return np.repeat(self.mono()[:, None], channels, axis=1)


def timed_frames(container: InputContainer, stream: AudioStream) -> Iterator[tuple[float, AudioFrame]]:
    """Decodes audio frames with their times; damaged packets are skipped.

    Args:
        container: open file.
        stream: audio stream of the file.

    Yields:
        Container timestamp, seconds, and frame.
    """
    tick, next_s = float(stream.time_base or 0), 0.0
    for packet in demux(container, stream):
        for frame in decode_audio(packet):
            time_s = frame.pts * tick if frame.pts is not None else next_s
            next_s = time_s + frame.samples / frame.sample_rate
            yield time_s, frame


def blocks(container: InputContainer, stream: AudioStream, sample_rate_hz: int) -> Iterator[Block]:
    """Decodes and resamples an audio stream.

    Args:
        container: open file.
        stream: audio stream of the file.
        sample_rate_hz: output sample rate, Hz.

    Yields:
        Blocks in time order, possibly with gaps between them.
    """
    run: _Run | None = None
    for time_s, frame in timed_frames(container, stream):
        if run is None or not run.continues(time_s, frame):
            if run is not None:
                yield from run.push(None)
            run = _Run(time_s, frame, sample_rate_hz)
        yield from run.push(frame)
    if run is not None:
        yield from run.push(None)


class _Run:
    """Contiguous run of frames of one format, with its resampler."""

    def __init__(self, time_s: float, frame: AudioFrame, sample_rate_hz: int) -> None:
        self._source_format = _format(frame)
        self._channels = tuple(channel.name for channel in frame.layout.channels)
        # Packed format, since PyAV 18.1 reads out of bounds in planar frames of 8 or more channels, and crashes.
        with reading("Some of the audio cannot be converted", "Convert it to AAC."):
            self._resampler = AudioResampler("flt", frame.layout.name, sample_rate_hz)
        self._rate_hz = sample_rate_hz
        self._start_s, self._read, self._written = time_s, 0, 0

    def continues(self, time_s: float, frame: AudioFrame) -> bool:
        expected_s = self._start_s + self._read / frame.sample_rate
        return _format(frame) == self._source_format and abs(time_s - expected_s) <= JITTER_S

    def push(self, frame: AudioFrame | None) -> Iterator[Block]:
        """Resamples a frame and yields the resulting blocks; None flushes the resampler."""
        self._read += frame.samples if frame is not None else 0
        with reading("Some of the audio cannot be converted", "Convert it to AAC."):
            resampled = self._resampler.resample(frame)
        for out in resampled:
            if out is None:  # flushing a pass-through resampler
                continue
            time_s = self._start_s + self._written / self._rate_hz
            self._written += out.samples
            # A copy, since the buffer is longer than its samples, and PyAV's `to_ndarray` takes three times as long.
            count = out.samples * len(self._channels)
            samples = np.frombuffer(memoryview(out.planes[0]), np.float32, count).copy()
            yield Block(time_s, samples.reshape(-1, len(self._channels)), self._channels)


def _format(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
