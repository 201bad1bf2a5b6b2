"""Training: two optimizer_groups, losses that begin when they should, and a codec that learns."""

import pytest
import torch
from tests.support.small_soundstream import CLOCK, CONFIG
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.adversary import DISCRIMINATOR, GENERATOR
from v2meow_pipeline.networks.discriminators import DiscriminatorsConfig
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig, SoundStreamLosses
from v2meow_pipeline.tokenizers.soundstream.objective import SoundStreamObjective

SMALL = DiscriminatorsConfig(wave_scales=1, wave_layers=2, stft_windows=(128,), stft_channels=2)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def objective(**losses: float) -> SoundStreamObjective:
    changed = {
        "losses": SoundStreamLosses(**{"discriminate_after": 0, **losses}),
        "discriminators": SMALL,
        "crop_s": 0.2,
    }
    return SoundStreamObjective(SoundStreamConfig(**CONFIG.model_dump(exclude=set(changed)), **changed), CLOCK)


def chords(batch: int) -> Tensor:
    t = torch.arange(10 * CLOCK.hop_samples) / CLOCK.sample_rate_hz
    tones = 220 * 2 ** (torch.randint(12, (batch, 3, 1)) / 12)
    return 0.2 * torch.sin(6.2832 * tones * t).sum(dim=1)


def test_each_player_moves_its_own_parameters_alone() -> None:
    """Catches an optimiser that trains the other side, and a weight that belongs to nobody."""
    trained = objective()
    optimizer_groups = {name: {id(p) for p in parameters} for name, parameters in trained.optimizer_groups().items()}
    assert list(optimizer_groups) == [GENERATOR, DISCRIMINATOR]
    assert not optimizer_groups[GENERATOR] & optimizer_groups[DISCRIMINATOR]
    assert {id(p) for p in trained.parameters()} == optimizer_groups[GENERATOR] | optimizer_groups[DISCRIMINATOR]
    batch = {"wave": chords(2)}
    trained.loss(batch, DISCRIMINATOR).total.backward()
    assert all(parameter.grad is None for parameter in trained.network.parameters())
    trained.loss(batch, GENERATOR).total.backward()
    assert all(parameter.grad is not None for parameter in trained.network.parameters())


def test_every_weight_weighs_its_loss() -> None:
    """Catches a weight that nothing reads."""
    batch = {"wave": chords(2)}
    weights = {"spectral": 2.0, "waveform": 3.0, "commitment": 5.0, "adversarial": 7.0, "features": 11.0}
    made = objective(**weights).loss(batch, GENERATOR)
    assert set(made.figures) == set(weights)
    assert all(value > 0 for value in made.figures.values())
    expected = sum(weights[name] * value for name, value in made.figures.items())
    torch.testing.assert_close(made.total.detach(), expected)


def test_discriminators_wait() -> None:
    """Catches discriminators that judge noise from the start, and a count that a checkpoint forgets."""
    trained, batch = objective(discriminate_after=2), {"wave": chords(2)}
    seen = [set(trained.loss(batch, GENERATOR).figures) for _ in range(3)]
    assert ["adversarial" in names for names in seen] == [False, False, True]
    waiting = objective(discriminate_after=2)
    idle = waiting.loss(batch, DISCRIMINATOR)
    idle.total.backward()
    assert idle.total == 0
    waiting.load_state_dict(trained.state_dict())
    assert "hinge" in waiting.loss(batch, DISCRIMINATOR).figures


def test_discriminators_teach_codebooks_nothing() -> None:
    """Catches a second pass in training mode, which would move codebooks twice a step."""
    trained, batch = objective(), {"wave": chords(2)}
    trained.loss(batch, GENERATOR)
    before = trained.network.quantizer.vectors().clone()
    trained.loss({"wave": chords(2)}, DISCRIMINATOR)
    trained.loss(batch, DISCRIMINATOR)
    assert torch.equal(trained.network.quantizer.vectors(), before)


def test_it_learns() -> None:
    """Catches a sign or a stopped gradient, on either side of the discriminators' start."""
    trained, batch = objective(discriminate_after=20), {"wave": chords(2)}
    optimisers = {name: torch.optim.Adam(list(p), lr=5e-3) for name, p in trained.optimizer_groups().items()}
    spectral = []
    for _ in range(30):
        for group, optimiser in optimisers.items():
            optimiser.zero_grad()
            losses = trained.loss(batch, group)
            losses.total.backward()
            optimiser.step()
            spectral += [losses.figures["spectral"].item()] if group == GENERATOR else []
    assert sum(spectral[-5:]) < 0.85 * sum(spectral[:5])


def test_figures_are_those_of_all_levels_and_finite() -> None:
    """Catches NaN in the curve that chooses the weights: silence has no ratio, a batch of it neither."""
    judged, silence = objective(), torch.zeros(1, 10 * CLOCK.hop_samples)
    judged.loss({"wave": chords(2)}, GENERATOR)
    judged.eval()
    for waves in (torch.cat([chords(2), silence]), silence):
        figures = judged.judge({"wave": waves})
        assert set(figures) == {"loss", "loss_coarse", "si_sdr", *(f"perplexity_{level:02d}" for level in range(1, 5))}
        assert all(value.isfinite() for value in figures.values())
        assert all(1 <= figures[f"perplexity_{level:02d}"] <= 16 for level in range(1, 5))


def test_same_seed_same_loss() -> None:
    """Catches a draw that does not come from the seeded generator."""
    trained, batch = objective(), {"wave": chords(2)}
    trained.loss(batch, GENERATOR)
    state = {name: value.clone() for name, value in trained.state_dict().items()}
    totals = []
    for _ in range(2):
        trained.load_state_dict(state)
        torch.manual_seed(3)
        totals.append(trained.loss(batch, GENERATOR).total.item())
    assert totals[0] == totals[1]


def test_crops_that_are_no_whole_frames_are_refused() -> None:
    """Catches a strided convolution that drops the end of each example."""
    with pytest.raises(ConfigError, match=r"0\.33"):
        SoundStreamObjective(SoundStreamConfig(crop_s=0.333), CLOCK)
