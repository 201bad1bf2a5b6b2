"""Sampling of video frames by presentation time: one decode pass for all windows and all encoders."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.media.picture import FrameSpec, Renderer
from v2meow_pipeline.media.reel import Reel, TimedFrame

__all__ = ["FrameSpec", "SampledFrames", "Window", "iter_clip_frames"]

# Gaps between windows longer than this are skipped by a seek. Shorter ones are decoded, since the nearest keyframe may
# be ten seconds before the requested time.
SEEK_GAP_S = 20.0


class Window(NamedTuple):
    """Time window of a video: start, in seconds since the first frame, and duration."""

    start_s: float
    duration_s: float


class SampledFrames(NamedTuple):
    """Frames sampled from one window.

    Attributes:
        images: uint8 [t, size, size, 3], or [t, size, size] if gray.
        times_s: float64 [t], presentation time of each frame, seconds since the start of the window. A frame can be
            sampled more than once; a frame presented before the window has a negative time.
    """

    images: np.ndarray
    times_s: np.ndarray


def iter_clip_frames(
    path: Path, windows: Sequence[Window], specs: Mapping[str, FrameSpec]
) -> Iterator[dict[str, SampledFrames]]:
    """Samples the frames of each window in one decode pass, holding only overlapping windows in memory.

    Image k of a window is the frame on screen at `start_s + k / fps`: the last frame whose presentation time is not
    later, within `Reel.tolerance_s`. Time zero is the first frame. A window has round(duration_s * fps) images, at
    least one; if the video ends early, its last frame is repeated. A file that cannot be decoded raises MediaError
    (`source.open_media`, `source.video_stream`).

    Args:
        path: local video file.
        windows: time windows, sorted by start.
        specs: frame specifications by name.

    Yields:
        Sampled frames by name of specification, for each window in order.

    Raises:
        ValueError: if windows are not sorted, or a duration, rate or size is not positive.
    """
    if any(b.start_s < a.start_s for a, b in pairwise(windows)):
        raise ValueError("windows must be sorted by start_s")
    if any(w.duration_s <= 0 for w in windows) or any(s.fps <= 0 or s.size_px <= 0 for s in specs.values()):
        raise ValueError("durations, fps and sizes must be positive")
    if not windows:
        return
    with Reel(path) as reel:
        yield from _Pass(reel, windows, specs).run()


class _WindowImages:
    """Images of one window for one specification, filled in time order."""

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
        """Number of images still to be filled whose sampling time is before `until_s`."""
        return int(np.searchsorted(self._wanted_s[self._filled :], until_s))

    def fill(self, count: int, image: np.ndarray, time_s: float) -> None:
        rows = slice(self._filled, self._filled + count)
        self._images[rows] = image
        self._times_s[rows] = time_s - self._start_s
        self._filled += count

    def result(self) -> SampledFrames:
        return SampledFrames(self._images, self._times_s)


class _Pass:
    """One decode pass over the video that fills the windows and yields them in order."""

    def __init__(self, reel: Reel, windows: Sequence[Window], specs: Mapping[str, FrameSpec]) -> None:
        self._reel = reel
        self._waiting = deque(windows)
        self._aimed_at = windows[0]
        self._active: deque[dict[str, _WindowImages]] = deque()
        self._specs = specs
        aspect = reel.stream.sample_aspect_ratio
        self._renderers = {spec: Renderer(spec, aspect) for spec in set(specs.values())}

    def run(self) -> Iterator[dict[str, SampledFrames]]:
        on_screen = None
        frames = self._reel.since(self._waiting[0].start_s)
        while self._waiting or self._active:
            following = next(frames, None)
            if on_screen is not None:
                # `on_screen` is displayed until `following`, or indefinitely if it is the last frame.
                yield from self._show(on_screen, following.time_s - self._reel.tolerance_s if following else np.inf)
            if following is None:
                return
            on_screen = following
            if self._should_seek(following):
                self._aimed_at = self._waiting[0]
                frames, on_screen = self._reel.since(self._aimed_at.start_s), None

    def _should_seek(self, at: TimedFrame) -> bool:
        # At most once per window: with distant keyframes, a seek may land no closer to the window.
        if self._active or not self._waiting or self._waiting[0] is self._aimed_at or not self._reel.seekable:
            return False
        return self._waiting[0].start_s - at.time_s > SEEK_GAP_S

    def _show(self, on_screen: TimedFrame, until_s: float) -> Iterator[dict[str, SampledFrames]]:
        """Fills all images before `until_s` with one frame, window by window, since a frame may last for hours."""
        rendered: dict[FrameSpec, np.ndarray] = {}
        self._fill(on_screen, until_s, rendered)
        yield from self._finished()
        while self._waiting and self._waiting[0].start_s < until_s:
            window = self._waiting.popleft()
            self._active.append({name: _WindowImages(window, spec) for name, spec in self._specs.items()})
            self._fill(on_screen, until_s, rendered)
            yield from self._finished()

    def _fill(self, on_screen: TimedFrame, until_s: float, rendered: dict[FrameSpec, np.ndarray]) -> None:
        for images in (images for window_images in self._active for images in window_images.values()):
            count = images.due(until_s)
            if count:
                if images.spec not in rendered:
                    rendered[images.spec] = self._renderers[images.spec].render(on_screen.frame)
                images.fill(count, rendered[images.spec], on_screen.time_s)

    def _finished(self) -> Iterator[dict[str, SampledFrames]]:
        while self._active and all(images.full for images in self._active[0].values()):
            yield {name: images.result() for name, images in self._active.popleft().items()}
