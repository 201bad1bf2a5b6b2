"""A video and its music on one time axis."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from v2meow_pipeline.evaluation.timeline import draw_timeline, read_timeline
from v2meow_pipeline.media.encode import encode_video
from v2meow_pipeline.metrics.controls import click_track

RATE, FPS = 16_000, 25.0


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of another scene each, with a click at every cut and halfway."""
    scenes = np.random.default_rng(0).integers(0, 255, (6, 96, 96, 3), dtype=np.uint8)
    frames = [scenes[place // 25] for place in range(150)]
    path = tmp_path_factory.mktemp("timeline") / "cuts é.mp4"
    encode_video(path, frames, FPS, 0.5 * click_track(120, 6 * RATE, RATE), RATE)
    return path


def test_beats_on_cuts_are_seen_as_such(video: Path) -> None:
    """Catches picture and music on axes that differ by an encoder's priming, and a lift of the wrong events."""
    found = read_timeline(video, RATE, FPS)
    figures = found.figures()
    assert found.picture.cuts_s == pytest.approx([1, 2, 3, 4, 5], abs=1 / FPS)
    assert figures["tempo_bpm"] == pytest.approx(120, rel=0.03) and figures["duration_s"] == pytest.approx(6)
    assert figures["cuts_lift"] > 0.4 and figures["beats"] >= 10


def test_the_picture_is_drawn_with_and_without_frames(video: Path, tmp_path: Path) -> None:
    """Catches an empty figure, and frames of a video that may not be shown."""
    found, heights = read_timeline(video, RATE, FPS), []
    for name, shown in {"with": video, "without": None}.items():
        draw_timeline(found, tmp_path / f"{name}.png", shown)
        pixels = np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB"))
        assert pixels.shape[1] == 1200 and len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100
        heights.append(pixels.shape[0])
    assert heights[0] > heights[1]
