"""What the network is trained to do: figures, players, learning."""

import math

import numpy as np
import pytest
import torch

from v2meow_pipeline.encoders.vitvqgan.config import LossConfig, ViTConfig, ViTVQGANConfig
from v2meow_pipeline.encoders.vitvqgan.losses import gradient_distance, logit_laplace, psnr_db
from v2meow_pipeline.encoders.vitvqgan.objective import DISCRIMINATOR, IMAGES, ViTVQGANObjective
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.objective import NETWORK
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig

EVERY = LossConfig(l1=0.5, l2=1.0, logit_laplace=0.1, gradient=0.1, commitment=0.25, adversarial=0.1)


def make(losses: LossConfig) -> ViTVQGANObjective:
    torch.manual_seed(0)
    vit = ViTConfig(width=32, layers=1, heads=2, feed_forward=64)
    quantizer = QuantizerConfig(codes=64, code_width=8, normalised=True, decay=0.9)
    return ViTVQGANObjective(
        ViTVQGANConfig(size_px=32, patch_px=8, encoder=vit, decoder=vit, quantizer=quantizer, losses=losses)
    )


def pictures(count: int) -> dict[str, torch.Tensor]:
    """Discs of random place, size and colour on a ground of random colour."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    images = np.empty((count, 3, 32, 32), np.float32)
    for image in images:
        place, size, ground, colour = rng.uniform(8, 24, 2), rng.uniform(4, 10), rng.random(3), rng.random(3)
        inside = (x - place[0]) ** 2 + (y - place[1]) ** 2 < size**2
        image[:] = np.where(inside, colour[:, None, None], ground[:, None, None])
    return {IMAGES: torch.from_numpy(images)}


def test_psnr_of_a_known_error() -> None:
    """Catches a mean over pictures before the logarithm."""
    images = torch.zeros(2, 3, 4, 4)
    made = torch.stack([torch.full((3, 4, 4), 0.1), torch.full((3, 4, 4), 0.01)])
    assert psnr_db(made, images).tolist() == pytest.approx([20, 40], abs=1e-3)
    assert psnr_db(images, images).tolist() == pytest.approx([100, 100], abs=1e-3)


def test_gradient_distance_sees_edges_and_not_brightness() -> None:
    """Catches a difference along the wrong axis."""
    images = torch.rand(1, 3, 16, 16)
    assert gradient_distance(images + 0.2, images).item() == pytest.approx(0, abs=1e-6)
    for axis in (-1, -2):
        stripes = (torch.arange(16) % 2).float().expand(1, 3, 16, 16).transpose(-1, axis)
        assert gradient_distance(images + stripes, images).item() == pytest.approx(1 / 3, rel=1e-3)


def test_logit_laplace_is_a_density() -> None:
    """Catches a lost term: what is minimised would no longer be a likelihood, and the scale would run away."""
    logits, log_scale = torch.full((1, 3, 1, 1), 0.3), torch.full((3,), math.log(0.4))
    inside = torch.linspace(0.001, 0.999, 500)
    nats = [logit_laplace(logits, log_scale, ((x - 0.1) / 0.8).expand(1, 3, 1, 1)) for x in inside]
    assert torch.stack(nats).neg().exp().mean().item() == pytest.approx(1, abs=0.02)
    assert inside[torch.stack(nats).argmin()] == pytest.approx(1 / (1 + math.exp(-0.3)), abs=0.01)


def test_a_discriminator_plays_only_where_it_has_a_weight() -> None:
    """Catches a discriminator that costs memory and a step in a run that never uses it."""
    assert list(make(LossConfig()).optimizer_groups()) == [NETWORK]
    objective = make(EVERY)
    players = {name: {id(p) for p in parameters} for name, parameters in objective.optimizer_groups().items()}
    assert list(players) == [NETWORK, DISCRIMINATOR] and not players[NETWORK] & players[DISCRIMINATOR]
    assert players[NETWORK] | players[DISCRIMINATOR] == {id(p) for p in objective.parameters()}


def test_the_discriminator_learns_without_touching_the_network() -> None:
    """Catches a codebook that moves twice a step, and gradients that leak to the other player."""
    objective, batch = make(EVERY), pictures(8)
    objective.loss(batch, NETWORK)
    before = objective.network.quantizer.codebook.clone()
    loss = objective.loss(batch, DISCRIMINATOR)
    loss.total.backward()
    assert torch.equal(objective.network.quantizer.codebook, before)
    assert all(p.grad is None for p in objective.network.parameters())
    assert objective.discriminator is not None
    matrices = [p for p in objective.discriminator.parameters() if p.ndim > 1]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in matrices)
    assert loss.total.item() == pytest.approx(1, abs=0.3)


def test_the_network_hears_the_discriminator() -> None:
    """Catches an adversarial loss that is detached from the decoder."""
    objective, batch = make(EVERY), pictures(4)
    losses = objective.loss(batch, NETWORK)
    weights = EVERY.model_dump()
    expected = sum(weights[name] * value.item() for name, value in losses.figures.items())
    assert losses.total.item() == pytest.approx(expected, rel=1e-5)
    result = objective.network(batch[IMAGES])
    assert objective.discriminator is not None
    verdict = objective.discriminator(result.logits.sigmoid()).sum()
    assert torch.autograd.grad(verdict, objective.network.widen.weight)[0].abs().sum() > 0


def test_nothing_to_reconstruct_is_refused() -> None:
    """Catches weights that were all switched off."""
    with pytest.raises(ConfigError, match="no reconstruction loss"):
        LossConfig.parse({"l2": 0})


def test_judging_learns_nothing() -> None:
    """Catches validation pictures that find their way into the codebook."""
    objective, batch = make(LossConfig()), pictures(8)
    objective.loss(batch, NETWORK)
    state = {name: value.clone() for name, value in objective.state_dict().items()}
    figures = objective.eval().judge(batch)
    assert figures == objective.judge(batch) and set(figures) == {"loss", "psnr_db", "perplexity"}
    assert all(torch.equal(value, state[name]) for name, value in objective.state_dict().items())


def test_it_learns_to_give_a_few_pictures_back() -> None:
    """Catches losses of the wrong sign, a codebook that collapses, and an encoder that stands still."""
    objective, batch = make(LossConfig()), pictures(8)
    optimiser = torch.optim.AdamW(objective.parameters(), lr=3e-3)
    objective.loss(batch, NETWORK)
    before = objective.eval().judge(batch)["psnr_db"].item()
    objective.train()
    for step in range(100):
        torch.manual_seed(step)
        optimiser.zero_grad()
        objective.loss(batch, NETWORK).total.backward()
        optimiser.step()
    after = objective.eval().judge(batch)
    assert before < 16 and after["psnr_db"] > 19
    assert after["perplexity"] > 10
