"""Decoded sound in resampled blocks, each with its time."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from v2meow_pipeline.media.pyav import decode_audio, demux, reading

# Timestamps jitter by their tick; a larger step is a hole or an overlap, and what follows it is placed anew.
JITTER_S = 0.01
LOW_FREQUENCY = frozenset(("LFE", "LFE2"))


class Block(NamedTuple):
    """Some sound.

    Attributes:
        time_s: presentation time of its first sample on the container's axis, seconds.
        samples: float32 [n, channel], full scale 1.
        channels: the name of each channel, such as "FL".
    """

    time_s: float
    samples: np.ndarray
    channels: tuple[str, ...]

    def mono(self) -> np.ndarray:
        """The mean of all channels but low-frequency ones, float32 [n].

        ffmpeg's own down-mix is 3 dB louder for float than for integer sources, hence this one.
        """
        full = [i for i, name in enumerate(self.channels) if name not in LOW_FREQUENCY]
        return self.samples[:, full or slice(None)].mean(axis=1, dtype=np.float32)

    def fitted(self, channels: int) -> np.ndarray:
        """As many channels as wanted, float32 [n, channels]; where the file changes its mind, their mean in each."""
        if self.samples.shape[1] == channels:
            return self.samples
        return np.repeat(self.mono()[:, None], channels, axis=1)


def timed_frames(container: InputContainer, stream: AudioStream) -> Iterator[tuple[float, AudioFrame]]:
    """Decoded frames, as far as they can be read; a damaged packet is left out.

    Args:
        container: an open file.
        stream: its sound.

    Yields:
        Presentation time on the container's axis, seconds, and frame.
    """
    tick, next_s = float(stream.time_base or 0), 0.0
    for packet in demux(container, stream):
        for frame in decode_audio(packet):
            time_s = frame.pts * tick if frame.pts is not None else next_s
            next_s = time_s + frame.samples / frame.sample_rate
            yield time_s, frame


def blocks(container: InputContainer, stream: AudioStream, sample_rate_hz: int) -> Iterator[Block]:
    """The sound at another rate.

    Args:
        container: an open file.
        stream: its sound.
        sample_rate_hz: samples a second wanted.

    Yields:
        Blocks in order; between two of them there may be a hole.
    """
    run: _Run | None = None
    for time_s, frame in timed_frames(container, stream):
        if run is None or not run.goes_on(time_s, frame):
            if run is not None:
                yield from run.push(None)
            run = _Run(time_s, frame, sample_rate_hz)
        yield from run.push(frame)
    if run is not None:
        yield from run.push(None)


class _Run:
    """Frames without a hole or a change of format between them, and the resampler that they share."""

    def __init__(self, time_s: float, frame: AudioFrame, sample_rate_hz: int) -> None:
        self._like = _format(frame)
        self._channels = tuple(channel.name for channel in frame.layout.channels)
        # Packed, since PyAV 18.1 reads beyond the planes of planar frames of 8 channels and more, and crashes.
        with reading("Some of the sound cannot be converted", "Convert it to AAC."):
            self._resampler = AudioResampler("flt", frame.layout.name, sample_rate_hz)
        self._rate_hz = sample_rate_hz
        self._start_s, self._read, self._written = time_s, 0, 0

    def goes_on(self, time_s: float, frame: AudioFrame) -> bool:
        expected_s = self._start_s + self._read / frame.sample_rate
        return _format(frame) == self._like and abs(time_s - expected_s) <= JITTER_S

    def push(self, frame: AudioFrame | None) -> Iterator[Block]:
        """Blocks that are complete after this frame; None gives the rest."""
        self._read += frame.samples if frame is not None else 0
        with reading("Some of the sound cannot be converted", "Convert it to AAC."):
            resampled = self._resampler.resample(frame)
        for out in resampled:
            if out is None:  # flushing a resampler that had nothing to do
                continue
            time_s = self._start_s + self._written / self._rate_hz
            self._written += out.samples
            samples = out.to_ndarray().reshape(-1, out.layout.nb_channels)
            yield Block(time_s, samples.astype(np.float32, copy=False), self._channels)


def _format(frame: AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate
