"""Frames by presentation time: one decode pass for every window and every encoder."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.media.picture import FrameSpec, Renderer
from v2meow_pipeline.media.reel import Reel, TimedFrame

__all__ = ["FrameSpec", "SampledFrames", "Window", "iter_clip_frames"]

# A gap between windows that is worth a seek; a shorter one is decoded through, since the nearest keyframe may lie
# ten seconds before the time wanted.
JUMP_S = 20.0


class Window(NamedTuple):
    """A stretch of video, seconds since its first frame."""

    start_s: float
    duration_s: float


class SampledFrames(NamedTuple):
    """Pictures of one window.

    Attributes:
        images: uint8 [t, size, size, 3], or [t, size, size] if gray.
        times_s: float64 [t], when each frame appeared on screen, seconds since the window's start; a frame shown for
            long appears more than once, and one that appeared before the window has a negative time.
    """

    images: np.ndarray
    times_s: np.ndarray


def iter_clip_frames(
    path: Path, windows: Sequence[Window], specs: Mapping[str, FrameSpec]
) -> Iterator[dict[str, SampledFrames]]:
    """The pictures of each window, decoded once, in the memory of the windows that overlap.

    Picture k of a window is the frame on screen at `start_s + k / fps`: the last whose presentation time is not
    later (half a tick of the container is forgiven, see `Reel.tolerance_s`). Time zero is the first frame shown. There
    are round(duration_s * fps) pictures, at least one; where the video ends early its last frame is held. A file that
    cannot be decoded is a MediaError (`source.open_media`, `source.video_stream`).

    Args:
        path: a local video.
        windows: by ascending start.
        specs: what each encoder wants, by name.

    Yields:
        For each window, in order, the pictures by name of spec.

    Raises:
        ValueError: when windows are not ascending, or a length, rate or size is not positive.
    """
    if any(b.start_s < a.start_s for a, b in pairwise(windows)):
        raise ValueError("windows must be sorted by start_s")
    if any(w.duration_s <= 0 for w in windows) or any(s.fps <= 0 or s.size_px <= 0 for s in specs.values()):
        raise ValueError("durations, fps and sizes must be positive")
    if not windows:
        return
    with Reel(path) as reel:
        yield from _Pass(reel, windows, specs).run()


class _Take:
    """The pictures of one window for one spec, filled in order of time."""

    def __init__(self, window: Window, spec: FrameSpec) -> None:
        count = max(1, round(window.duration_s * spec.fps))
        self.spec = spec
        self._start_s = window.start_s
        self._wanted_s = window.start_s + np.arange(count) / spec.fps
        self._images = np.empty((count, *spec.image_shape), np.uint8)
        self._times_s = np.empty(count)
        self._filled = 0

    @property
    def full(self) -> bool:
        return self._filled == len(self._wanted_s)

    def due(self, until_s: float) -> int:
        """How many pictures are wanted before `until_s`."""
        return int(np.searchsorted(self._wanted_s[self._filled :], until_s))

    def fill(self, count: int, image: np.ndarray, time_s: float) -> None:
        rows = slice(self._filled, self._filled + count)
        self._images[rows] = image
        self._times_s[rows] = time_s - self._start_s
        self._filled += count

    def result(self) -> SampledFrames:
        return SampledFrames(self._images, self._times_s)


class _Pass:
    """One decode pass: windows wait, are filled while the video runs through them, and leave in order."""

    def __init__(self, reel: Reel, windows: Sequence[Window], specs: Mapping[str, FrameSpec]) -> None:
        self._reel = reel
        self._waiting = deque(windows)
        self._aimed_at = windows[0]
        self._active: deque[dict[str, _Take]] = deque()
        self._specs = specs
        aspect = reel.stream.sample_aspect_ratio
        self._renderers = {spec: Renderer(spec, aspect) for spec in set(specs.values())}

    def run(self) -> Iterator[dict[str, SampledFrames]]:
        on_screen = None
        frames = self._reel.since(self._waiting[0].start_s)
        while self._waiting or self._active:
            following = next(frames, None)
            if on_screen is not None:
                # `on_screen` is what is seen until `following` appears, or for ever after if it is the last.
                yield from self._show(on_screen, following.time_s - self._reel.tolerance_s if following else np.inf)
            if following is None:
                return
            on_screen = following
            if self._worth_a_jump(following):
                self._aimed_at = self._waiting[0]
                frames, on_screen = self._reel.since(self._aimed_at.start_s), None

    def _worth_a_jump(self, at: TimedFrame) -> bool:
        # Once a window: where keyframes are far apart, a jump lands as far before the window as it started.
        if self._active or not self._waiting or self._waiting[0] is self._aimed_at or not self._reel.seekable:
            return False
        return self._waiting[0].start_s - at.time_s > JUMP_S

    def _show(self, on_screen: TimedFrame, until_s: float) -> Iterator[dict[str, SampledFrames]]:
        """Fills what is wanted before `until_s`, a window after the other: a frame may be held for hours."""
        drawn: dict[FrameSpec, np.ndarray] = {}
        self._fill(on_screen, until_s, drawn)
        yield from self._finished()
        while self._waiting and self._waiting[0].start_s < until_s:
            window = self._waiting.popleft()
            self._active.append({name: _Take(window, spec) for name, spec in self._specs.items()})
            self._fill(on_screen, until_s, drawn)
            yield from self._finished()

    def _fill(self, on_screen: TimedFrame, until_s: float, drawn: dict[FrameSpec, np.ndarray]) -> None:
        for take in (take for takes in self._active for take in takes.values()):
            count = take.due(until_s)
            if count:
                if take.spec not in drawn:
                    drawn[take.spec] = self._renderers[take.spec].render(on_screen.frame)
                take.fill(count, drawn[take.spec], on_screen.time_s)

    def _finished(self) -> Iterator[dict[str, SampledFrames]]:
        while self._active and all(take.full for take in self._active[0].values()):
            yield {name: take.result() for name, take in self._active.popleft().items()}
