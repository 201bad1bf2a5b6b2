"""The frozen encoder: from a checkpoint to tokens, and to a report and a picture of them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import VisualTokenEncoder
from v2meow_pipeline.encoders.registry import build_visual
from v2meow_pipeline.encoders.vitvqgan.config import ViTConfig, ViTVQGANConfig
from v2meow_pipeline.encoders.vitvqgan.encoder import NAME, ViTVQGANTokens, to_images
from v2meow_pipeline.encoders.vitvqgan.network import ViTVQGAN
from v2meow_pipeline.encoders.vitvqgan.picture import reconstruction_picture
from v2meow_pipeline.encoders.vitvqgan.report import reconstruction_report
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.media.decode import SampledFrames
from v2meow_pipeline.networks.checkpointing import save_network
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig

VIT = ViTConfig(width=16, layers=1, heads=2, feed_forward=32)
TINY = ViTVQGANConfig(
    size_px=32,
    encoder=VIT,
    decoder=VIT,
    quantizer=QuantizerConfig(codes=30, code_width=8, normalised=True),
)


@pytest.fixture(scope="module")
def network() -> ViTVQGAN:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = ViTVQGAN(TINY)
        net(torch.rand(4, 3, 32, 32))
    return net.eval()


@pytest.fixture(scope="module")
def models(network: ViTVQGAN, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_network(folder / NAME / "checkpoint", NAME, network, TINY, "made-for-a-test")
    return folder


@pytest.fixture
def frames() -> SampledFrames:
    images = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
    return SampledFrames(images, np.arange(6.0))


def test_it_is_built_by_name_from_the_models_folder(models: Path, clock: Clock) -> None:
    """Catches sizes that do not come from the checkpoint."""
    encoder = build_visual("vitvqgan", clock, models)
    assert isinstance(encoder, VisualTokenEncoder) and isinstance(encoder, ViTVQGANTokens)
    assert (encoder.tokens, encoder.codes, encoder.codebook.shape, encoder.frames.size_px) == (16, 30, (30, 8), 32)


def test_weights_that_a_person_gives_serve_as_well(
    models: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a second format for the same network."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError, match="no trained vitvqgan"):
        build_visual("vitvqgan", clock, tmp_path / "none")
    (tmp_path / "vitvqgan").symlink_to(models / NAME / "checkpoint")
    assert build_visual("vitvqgan", clock).fingerprint == build_visual("vitvqgan", clock, models).fingerprint


def test_a_checkpoint_keeps_the_tokens(models: Path, network: ViTVQGAN, clock: Clock, frames: SampledFrames) -> None:
    """Catches a codebook that is not saved, and pixels on another scale than in training."""
    encoder = ViTVQGANTokens(clock, models / NAME / "checkpoint")
    tokens = encoder.encode(frames, 6)
    assert tokens.dtype == np.int32 and len(np.unique(tokens)) > 3
    with torch.inference_mode():
        expected = network.encode(torch.from_numpy(frames.images / np.float32(255)).permute(0, 3, 1, 2))
    np.testing.assert_array_equal(tokens, expected.numpy())
    np.testing.assert_array_equal(encoder.codebook, network.quantizer.codebook.numpy())


def test_tokens_are_the_same_each_time_and_whatever_the_neighbours(
    models: Path, clock: Clock, frames: SampledFrames
) -> None:
    """Catches codes that move while they are used, and statistics over the batch."""
    encoder = ViTVQGANTokens(clock, models / NAME / "checkpoint")
    together = encoder.encode(frames, 6)
    np.testing.assert_array_equal(encoder.encode(frames, 6), together)
    backwards = encoder.encode(SampledFrames(frames.images[::-1].copy(), frames.times_s), 6)
    np.testing.assert_array_equal(backwards[::-1], together)
    alone = encoder.encode(SampledFrames(frames.images[3:4], frames.times_s[:1]), 1)
    np.testing.assert_array_equal(alone, together[3:4])


def test_other_numbers_and_sizes_of_frames_are_refused(models: Path, clock: Clock, frames: SampledFrames) -> None:
    """Catches tokens of a clip that are fewer than the stage expects."""
    encoder = ViTVQGANTokens(clock, models / NAME / "checkpoint")
    with pytest.raises(ConfigError, match="6 frames, not 5"):
        encoder.encode(frames, 5)
    with pytest.raises(ConfigError, match="32 x 32 pixels"):
        encoder.encode(SampledFrames(frames.images[:, :16, :16], frames.times_s), 6)


def test_other_weights_have_another_fingerprint(models: Path, network: ViTVQGAN, clock: Clock, tmp_path: Path) -> None:
    """Catches features of an earlier training that pass for those of this one."""
    save_network(tmp_path / "same", NAME, network, TINY, "made-for-a-test")
    other = ViTVQGAN(TINY)
    save_network(tmp_path / "other", NAME, other, TINY, "made-for-a-test")
    first = ViTVQGANTokens(clock, models / NAME / "checkpoint").fingerprint
    assert ViTVQGANTokens(clock, tmp_path / "same").fingerprint == first
    assert ViTVQGANTokens(clock, tmp_path / "other").fingerprint != first


def test_the_report_counts_codes_over_all_clips(network: ViTVQGAN, frames: SampledFrames) -> None:
    """Catches a mean of perplexities, which says nothing about codes that only another clip uses."""
    report = reconstruction_report(network, [frames.images[:2], frames.images[2:]])
    tokens = network.encode(to_images(frames.images)).numpy()
    share = np.bincount(tokens.ravel(), minlength=30) / tokens.size
    used = share[share > 0]
    assert report["perplexity"] == pytest.approx(np.exp(-(used * np.log(used)).sum()), rel=1e-6)
    assert report["dead_share"] == pytest.approx(1 - len(used) / 30)
    assert report["tokens"] == tokens.size
    assert report["psnr_db_of_mean"] == pytest.approx(10.8, abs=0.3), "noise has a variance of a twelfth"


def test_the_picture_shows_each_frame(network: ViTVQGAN, frames: SampledFrames, tmp_path: Path) -> None:
    """Catches axes that run out before the frames do."""
    reconstruction_picture(network, frames.images, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"
