"""The autoencoder: patches, tokens, gradients."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from v2meow_pipeline.encoders.vitvqgan.config import ViTConfig, ViTVQGANConfig, paper_config
from v2meow_pipeline.encoders.vitvqgan.network import ViTVQGAN, to_picture, to_values
from v2meow_pipeline.encoders.vitvqgan.patches import patchify, unpatchify
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig

TINY = ViTVQGANConfig(
    size_px=16,
    patch_px=4,
    encoder=ViTConfig(width=32, layers=1, heads=2, feed_forward=64),
    decoder=ViTConfig(width=24, layers=1, heads=2, feed_forward=48, activation="tanh"),
    quantizer=QuantizerConfig(codes=40, code_width=8, normalised=True),
)


@pytest.fixture
def network() -> ViTVQGAN:
    """With a codebook that one batch has filled."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = ViTVQGAN(TINY)
        net(torch.rand(6, 3, 16, 16))
    return net.eval()


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(5, 3, 16, 16, generator=torch.Generator().manual_seed(1))


@settings(max_examples=20, deadline=None)
@given(grid=st.integers(1, 5), patch_px=st.integers(1, 6))
def test_patches_become_the_picture_again(grid: int, patch_px: int) -> None:
    """Catches rows and columns, or colours and pixels, that are mixed up on the way back."""
    images = torch.rand(2, 3, grid * patch_px, grid * patch_px)
    assert torch.equal(unpatchify(patchify(images, patch_px), patch_px), images)


def test_patches_come_in_reading_order() -> None:
    """Catches columns first: the grid of tokens would be the picture's transpose."""
    images = torch.zeros(1, 3, 8, 8)
    images[:, :, 0:4, 4:8] = 1
    assert patchify(images, 4)[0].mean(dim=1).tolist() == [0, 1, 0, 0]


def test_tokens_are_the_codes_with_the_largest_cosine(network: ViTVQGAN, images: torch.Tensor) -> None:
    """Catches distances off the sphere."""
    quantizer = network.quantizer
    vectors = quantizer.into(network._vectors(images))
    cosines = F.cosine_similarity(vectors[:, :, None], quantizer.codebook[None, None], dim=-1)
    assert torch.equal(network.encode(images), cosines.argmax(dim=-1))
    assert torch.equal(network(images).tokens, network.encode(images))


def test_decoding_tokens_gives_the_reconstruction(network: ViTVQGAN, images: torch.Tensor) -> None:
    """Catches a decoder that sees more in training than tokens hold."""
    torch.testing.assert_close(network.decode(network.encode(images)), to_picture(network(images).logits))


def test_gradients_pass_the_quantizer_to_every_weight(network: ViTVQGAN, images: torch.Tensor) -> None:
    """Catches an encoder that the decoder's error does not reach."""
    network.train()
    network(images).logits.square().sum().backward()
    silent = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


def test_every_patch_sees_every_other(network: ViTVQGAN, images: torch.Tensor) -> None:
    """Catches a causal mask."""
    images.requires_grad_()
    for token in (0, 15):
        (gradient,) = torch.autograd.grad(network._vectors(images)[:, token].square().sum(), images)
        assert (patchify(gradient, 4).abs().sum(dim=-1) > 0).all()


def test_positions_tell_equal_patches_apart(network: ViTVQGAN) -> None:
    """Catches positions of rows only, or of columns only."""
    vectors = network._vectors(torch.full((1, 3, 16, 16), 0.5))[0]
    assert torch.pdist(vectors).min() > 0


def test_pictures_of_another_size_are_refused(network: ViTVQGAN) -> None:
    """Catches positions that are broadcast over a picture they do not fit."""
    with pytest.raises(ConfigError, match="16 x 16 pixels, not 20 x 20"):
        network.encode(torch.rand(1, 3, 20, 20))


def test_pictures_stay_within_range_and_losses_can_call_pixels_back() -> None:
    """Catches pixels that overshoot and have no gradient to return."""
    logits = torch.tensor([-9.0, 0.0, 9.0], requires_grad=True)
    assert to_picture(logits).tolist() == pytest.approx([0, 0.5, 1])
    (gradient,) = torch.autograd.grad(to_values(logits).sum(), logits)
    assert (gradient > 0).all()


@pytest.mark.parametrize(
    ("change", "fault"),
    [({"size_px": 20, "patch_px": 8}, "do not fill"), ({"encoder": {"width": 30, "heads": 4}}, "not divisible")],
)
def test_sizes_that_do_not_fit_are_refused(change: dict[str, object], fault: str) -> None:
    """Catches shapes that fail deep inside, or are cut."""
    with pytest.raises(ConfigError, match=fault):
        ViTVQGANConfig.parse(change)


def test_the_papers_network_has_the_papers_sizes() -> None:
    """Catches a preset that drifts: 1,024 tokens of 8,192, and two ViT-Base."""
    config = paper_config()
    assert (config.tokens, config.quantizer.codes, config.quantizer.code_width) == (1024, 8192, 32)
    with torch.device("meta"):
        network = ViTVQGAN(config)
    parameters = sum(p.numel() for p in network.parameters())
    assert 2 * 85e6 < parameters < 2 * 92e6
