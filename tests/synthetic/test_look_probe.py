"""What an image network sees of the genre: between chance and the bound that the plans set."""

import numpy as np
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.image import EfficientNetLite0
from v2meow_pipeline.synthetic.look import reader_accuracy
from v2meow_pipeline.synthetic.plan import GENRES
from v2meow_pipeline.synthetic.streamed import StreamedClip, pictures

TRAIN, TEST = 360, 120
# A picture every five seconds: a clip's look changes little, and rendering is what takes the time.
CLOCK = Clock(clip_s=10.0)
RIDGE = 300.0


def features(index: int, encoder: EfficientNetLite0) -> tuple[np.ndarray, int]:
    """Mean features of a clip's pictures, and its genre."""
    clip = StreamedClip(seed=7, index=index, source_s=10.0, width=128, height=128, fps=25, unsynced_share=0.2)
    spec = encoder.frames._replace(fps=0.2)
    frames = pictures(clip.address, {encoder.name: spec}, 0.0, 10.0)[encoder.name]
    return encoder.encode(frames, len(frames.images)).mean(axis=0), GENRES.index(clip.plan().genre)


@pytest.mark.slow
def test_a_linear_probe_on_image_features_names_the_genre() -> None:
    """Looks that an image network cannot read would be coupled to the genre in vain."""
    encoder = EfficientNetLite0(CLOCK)
    rows = [features(index, encoder) for index in range(TRAIN + TEST)]
    x, genre = np.stack([row[0] for row in rows]), np.array([row[1] for row in rows])
    x = (x - x[:TRAIN].mean(axis=0)) / (x[:TRAIN].std(axis=0) + 1e-3)
    known, unseen = x[:TRAIN], x[TRAIN:]
    dual = np.linalg.solve(
        known @ known.T + RIDGE * np.eye(TRAIN), np.eye(len(GENRES))[genre[:TRAIN]] - 1 / len(GENRES)
    )
    accuracy = float(np.mean((unseen @ known.T @ dual).argmax(axis=1) == genre[TRAIN:]))
    assert 0.25 < accuracy < reader_accuracy() + 0.1
