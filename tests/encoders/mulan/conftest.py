"""A MuLan small enough to train in a second."""

import pytest

from v2meow_pipeline.encoders.mulan.config import MulanConfig

BLOCKS = {"layers": 1, "width": 16, "heads": 2, "feed_forward": 32, "dropout": 0.0}
SOUND = {
    "transformer": BLOCKS,
    "segment_s": 0.64,
    "bands": 32,
    "window": 512,
    "kept_patches": 0.5,
    "masked_bands": 4,
    "masked_frames": 8,
}
TEXT = {"transformer": BLOCKS, "max_pieces": 16, "hidden": 32, "dropout": 0.0}


@pytest.fixture(params=["own", "minilm"])
def tiny(request: pytest.FixtureRequest) -> MulanConfig:
    return MulanConfig.parse({"sound": SOUND, "text": {**TEXT, "kind": request.param}, "width": 8})


@pytest.fixture
def tiny_own() -> MulanConfig:
    return MulanConfig.parse({"sound": SOUND, "text": {**TEXT, "kind": "own"}, "width": 8})
