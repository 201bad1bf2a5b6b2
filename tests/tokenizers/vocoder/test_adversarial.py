"""Adversarial training of the vocoder: who learns from whom, and what is left when there are no discriminators."""

from pathlib import Path

import pytest
import torch
from tests.support.simple_music import SMALL, music
from tests.support.small_vocoder import CONFIG, frames_of
from torch import Tensor

from v2meow_pipeline.checkpoint import load_checkpoint
from v2meow_pipeline.examples.recipes.vocoder import RECIPE
from v2meow_pipeline.networks.adversary import DISCRIMINATOR, GENERATOR
from v2meow_pipeline.networks.discriminators import DiscriminatorsConfig
from v2meow_pipeline.networks.objective import NETWORK
from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.vocoder.checkpointing import KIND, load_vocoder
from v2meow_pipeline.tokenizers.vocoder.config import AdversarialConfig, VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.objective import BIN_WEIGHT, VocoderObjective
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.network_job import NetworkTraining, network_job
from v2meow_pipeline.training.trainer import fit

SMALL_DISCRIMINATORS = DiscriminatorsConfig(wave_scales=1, wave_layers=2, stft_windows=(128,), stft_channels=2)


@pytest.fixture(scope="module")
def batch(codec: AcousticTokenizer) -> dict[str, Tensor]:
    waves, levels = [music(seed)[3_200 : 3_200 + 30 * 320] for seed in range(3)], [2, 4, 6]
    frames = [frames_of(codec, wave, n) for wave, n in zip(waves, levels, strict=True)]
    return {
        "wave": torch.stack([torch.from_numpy(wave) for wave in waves]),
        "log_mel": torch.cat(frames),
        "levels": torch.tensor(levels),
    }


def config(**adversarial: object) -> VocoderConfig:
    values = {"discriminate_after": 0, "judged_s": 0.2, "discriminators": SMALL_DISCRIMINATORS, **adversarial}
    return CONFIG.model_copy(update={"adversarial": AdversarialConfig(**values)})


def objective(**adversarial: object) -> VocoderObjective:
    torch.manual_seed(0)
    return VocoderObjective(config(**adversarial), SMALL)


def test_gradients_reach_the_vocoder_through_the_discriminators(batch: dict[str, Tensor]) -> None:
    """Catches a generated wave that is detached, as it is for the discriminators' own loss."""
    trained = objective()
    made = trained.network(batch["log_mel"][:2], batch["levels"][:2])
    sum(trained.adversarial_terms(batch["wave"], made).values()).backward()
    for layer in (trained.network.gain, trained.network.correction[-1]):
        assert layer.weight.grad.any()


def test_each_player_moves_its_own_weights_alone(batch: dict[str, Tensor]) -> None:
    """Catches an optimizer that trains the other side, and a weight that belongs to nobody."""
    trained = objective()
    optimizer_groups = {name: {id(p) for p in parameters} for name, parameters in trained.optimizer_groups().items()}
    assert list(optimizer_groups) == [GENERATOR, DISCRIMINATOR]
    assert not optimizer_groups[GENERATOR] & optimizer_groups[DISCRIMINATOR]
    assert {id(p) for p in trained.parameters()} == optimizer_groups[GENERATOR] | optimizer_groups[DISCRIMINATOR]
    trained.loss(batch, GENERATOR)
    for prepared in (batch, {name: value.clone() for name, value in batch.items()}):
        trained.loss(prepared, DISCRIMINATOR).total.backward()
    assert all(parameter.grad is None for parameter in trained.network.parameters())
    assert all(parameter.grad is not None for parameter in trained.discriminators.parameters())


def test_weights_weigh_and_discriminators_wait(batch: dict[str, Tensor]) -> None:
    """Catches a weight that nothing reads, and discriminators that judge noise from the start."""
    trained = objective(discriminate_after=1, weight=7.0, features=11.0)
    assert not trained.loss(batch, DISCRIMINATOR).total
    before, after = (trained.loss(batch, GENERATOR) for _ in range(2))
    assert set(after.figures) - set(before.figures) == {"adversarial", "features"}
    spectral = {"bands": 1, "bins": BIN_WEIGHT, "mel": CONFIG.mel_weight, "stft": CONFIG.stft_weight}
    expected = sum(w * after.figures[name] for name, w in {**spectral, "adversarial": 7.0, "features": 11.0}.items())
    torch.testing.assert_close(after.total.detach(), expected)
    assert "hinge" in trained.loss(batch, DISCRIMINATOR).figures


def test_discriminators_see_the_sounding_examples_and_a_part_of_each(
    batch: dict[str, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches real waves of other examples than the generated ones, or of another place in them."""
    trained, seen = objective(), []
    judge = trained.discriminators.forward
    monkeypatch.setattr(trained.discriminators, "forward", lambda waves: seen.append(waves) or judge(waves))
    trained.adversarial_terms(batch["wave"], batch["wave"][:2] + 0.5)
    real, made = seen
    assert made.shape == (CONFIG.wave_examples, SMALL.samples(0.2))
    torch.testing.assert_close(made, real + 0.5)


def test_magnitudes_and_sound_come_from_one_pass(batch: dict[str, Tensor]) -> None:
    """Catches mirrored frames that are compared with the truth, or examples in another order."""
    trained, plain = objective(), VocoderObjective(CONFIG, SMALL)
    plain.network.load_state_dict(trained.network.state_dict())
    for sounding in (2, 3):
        torch.manual_seed(1)
        magnitudes, made = trained._generated(batch, sounding)
        torch.manual_seed(1)
        expected, expected_made = plain._generated(batch, sounding)
        torch.testing.assert_close(made, expected_made)
        reach = trained.network.margin_frames
        assert magnitudes.shape == expected.shape
        torch.testing.assert_close(magnitudes[:, 10:-10], expected[:, 10:-10], rtol=0.2, atol=1e-3)
        assert reach > 10


def test_without_discriminators_nothing_changed(batch: dict[str, Tensor]) -> None:
    """Catches a draw, a term or an order of sums that the vocoder's losses did not have before there were any."""
    torch.manual_seed(0)
    trained = VocoderObjective(CONFIG, SMALL)
    assert list(trained.optimizer_groups()) == [NETWORK] and set(trained.state_dict()) >= {"network.mean"}
    assert not any("discriminators" in name or name == "steps" for name in trained.state_dict())
    torch.manual_seed(1)
    losses = trained.loss(batch, NETWORK)
    torch.manual_seed(1)
    network, wave = trained.network, batch["wave"]
    magnitudes = network.draw(batch["log_mel"], batch["levels"]).magnitudes
    bands, bins = trained._magnitude_distances(magnitudes, wave)
    made = network(batch["log_mel"][:2], batch["levels"][:2])
    mel, stft = trained.mel(made, wave[:2]), trained.stft(made, wave[:2])
    expected = bands + BIN_WEIGHT * bins + CONFIG.mel_weight * mel + CONFIG.stft_weight * stft
    assert torch.equal(losses.total, expected)
    assert list(losses.figures) == ["bands", "bins", "mel", "stft"]


def test_vocoders_from_before_discriminators_stay_current() -> None:
    """Catches a new key in the fingerprint of settings without discriminators: finished trainings would be stale."""
    assert VocoderConfig().fingerprint() == "36acdb99457d62e4"
    assert "adversarial" not in VocoderConfig().model_dump(mode="json")
    assert VocoderConfig.parse(config().model_dump(mode="json")) == config()


def test_a_checkpoint_holds_the_vocoder_alone(batch: dict[str, Tensor], tmp_path: Path) -> None:
    """Catches discriminators that are shipped, and a training with two optimizer_groups that does not run."""

    class OneBatch:
        fingerprint = "one"

        def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
            return batch

        def validation(self):  # type: ignore[no-untyped-def]
            yield batch

    settings = config(discriminate_after=1)
    training = FitConfig(max_steps=4, batch_size=3, val_every=2, checkpoint_every=2, keep="last")
    spec = NetworkTraining(
        name=KIND, settings=settings.model_dump(mode="json"), clock=SMALL, fit=training, trained_on="one"
    )
    result = fit(network_job(spec, RECIPE, OneBatch()), tmp_path)
    assert result.metrics["step"] == 4
    weights = load_checkpoint(result.path, KIND).weights
    network = load_vocoder(result.path, SMALL)
    assert set(weights) == set(network.state_dict())
    assert network.config == settings
