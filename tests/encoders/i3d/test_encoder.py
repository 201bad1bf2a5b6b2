"""The frozen encoder, from a checkpoint trained here and from published weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.moving_pictures import bouncing

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import VisualEncoder
from v2meow_pipeline.encoders.i3d.config import PUBLISHED, I3dConfig, I3dFlowConfig
from v2meow_pipeline.encoders.i3d.encoder import KIND, I3dFlow
from v2meow_pipeline.encoders.i3d.network import I3d
from v2meow_pipeline.encoders.registry import build_visual
from v2meow_pipeline.errors import ConfigError, MissingModelError, StaleError, V2MeowError
from v2meow_pipeline.media.decode import SampledFrames
from v2meow_pipeline.networks.checkpointing import save_network

CONFIG = I3dFlowConfig(network=I3dConfig(width=0.0625))


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of networks trained here, with an I3D of random weights."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    network = I3d(CONFIG.network)
    network.flow_fps.fill_(24)
    save_network(folder / KIND / "checkpoint", KIND, network, CONFIG, "made up")
    return folder


@pytest.fixture(scope="module")
def encoder(models: Path) -> I3dFlow:
    return I3dFlow(Clock(), models / KIND / "checkpoint")


def test_it_is_built_by_name_with_the_sizes_of_its_config(models: Path) -> None:
    """Catches a registry that does not look where training writes."""
    encoder = build_visual("i3d_flow", Clock(), models)
    assert isinstance(encoder, VisualEncoder) and isinstance(encoder, I3dFlow)
    assert (encoder.name, encoder.width, encoder.frames.fps, encoder.frames.gray) == ("i3d_flow", 64, 24, True)


def test_features_are_finite_and_the_same_each_time(encoder: I3dFlow, texture: np.ndarray) -> None:
    """Catches batch norms that go on learning."""
    film = bouncing(texture, 120)
    first = encoder.encode(film, 10)
    assert first.shape == (10, 64) and first.dtype == np.float32 and np.isfinite(first).all() and first.std() > 0
    np.testing.assert_array_equal(encoder.encode(film, 10), first)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_still_picture_gives_finite_features(encoder: I3dFlow, value: int) -> None:
    """Catches a division by no movement."""
    film = SampledFrames(np.full((240, 112, 112), value, np.uint8), np.zeros(240))
    assert np.isfinite(encoder.encode(film, 10)).all()


def test_a_second_knows_its_surroundings_but_not_what_is_far(encoder: I3dFlow, texture: np.ndarray) -> None:
    """Catches windows of one second, in which there is no tempo, and rows in the wrong order."""
    film = bouncing(texture, 90)
    stopped = SampledFrames(film.images.copy(), film.times_s)
    stopped.images[192:] = stopped.images[191]
    changed = np.abs(encoder.encode(film, 10) - encoder.encode(stopped, 10)).max(axis=1)
    assert (changed[:5] == 0).all() and (changed[7:] > 0).all()


def test_a_wrong_number_of_frames_is_refused(encoder: I3dFlow, texture: np.ndarray) -> None:
    """Catches features that slip by a second."""
    with pytest.raises(ConfigError, match="216 frames, not 240"):
        encoder.encode(bouncing(texture, 90, duration_s=9), 10)


def test_a_network_for_another_rate_is_refused(models: Path) -> None:
    """Catches movement that looks twice as fast."""
    with pytest.raises(StaleError, match="24 frames a second, not 12"):
        I3dFlow(Clock(flow_fps=12), models / KIND / "checkpoint")


def test_published_weights_are_found_where_nothing_was_trained(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches the sizes of the small default around the weights of the original."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        build_visual("i3d_flow", Clock(), tmp_path / "none")
    for part in ("flow_imagenet.pt", str(tmp_path / "i3d_flow"), "kedro run --pipeline networks"):
        assert part in str(error.value)
    (tmp_path / "i3d_flow").mkdir()
    state = {name: value for name, value in I3d(PUBLISHED.network).state_dict().items() if name != "flow_fps"}
    torch.save(state, tmp_path / "i3d_flow" / "flow_imagenet.pt")
    encoder = build_visual("i3d_flow", Clock(flow_fps=6), tmp_path / "none")
    assert isinstance(encoder, I3dFlow) and (encoder.width, encoder.frames.size_px) == (1024, 256)
    rng = np.random.default_rng(0)
    film = SampledFrames(rng.integers(0, 256, (6, 256, 256), dtype=np.uint8), np.arange(6) / 6)
    features = encoder.encode(film, 1)
    assert features.shape == (1, 1024) and np.isfinite(features).all()
    assert encoder.fingerprint != build_visual("i3d_flow", Clock(), models).fingerprint


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    """Catches another network's weights under this name."""
    save_network(tmp_path / "x", "vitvqgan", torch.nn.Linear(1, 1), CONFIG, "made up")
    with pytest.raises(V2MeowError, match="vitvqgan"):
        I3dFlow(Clock(), tmp_path / "x")
