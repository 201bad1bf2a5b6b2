"""What SoundStream is trained to do: to sound like what it heard, to the ear of spectra and of discriminators.

Two players take turns (Zeghidour et al. 2021, section III.F): the generator, which is the codec, and discriminators.

Shapes: `batch` waves, `samples` of each.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.adversarial_losses import discriminator_loss, feature_loss, generator_loss
from v2meow_pipeline.networks.discriminators import Discriminators
from v2meow_pipeline.networks.objective import Losses, Objective
from v2meow_pipeline.networks.si_sdr import si_sdr
from v2meow_pipeline.networks.spectral_losses import MelLoss
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.network import SoundStream

GENERATOR, DISCRIMINATOR = "generator", "discriminator"


class SoundStreamObjective(Objective):
    """SoundStream, its losses and its discriminators; batches are {"wave": [batch, samples]}.

    Attributes:
        network: the codec.

    Args:
        config: sizes and weights.
        clock: rates, levels and codes.
    """

    network: SoundStream
    steps: Tensor

    def __init__(self, config: SoundStreamConfig, clock: Clock) -> None:
        super().__init__()
        if clock.samples(config.crop_s) % clock.hop_samples:
            raise ConfigError(
                f"A crop of {config.crop_s} s is no whole number of frames at {clock.acoustic_hz} Hz.",
                f"Take a multiple of {1 / clock.acoustic_hz} s.",
            )
        self.weights, self.coarse_levels = config.losses, clock.coarse_levels
        self.network = SoundStream(config, clock)
        self.discriminators = Discriminators(config.discriminators)
        self.spectral = MelLoss(clock.sample_rate_hz)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        self._made: tuple[Tensor, Tensor] | None = None

    def players(self) -> Mapping[str, Iterable[nn.Parameter]]:
        """The codec, then its discriminators."""
        return {GENERATOR: self.network.parameters(), DISCRIMINATOR: self.discriminators.parameters()}

    def loss(self, batch: Any, player: str) -> Losses:
        """What a player minimises; the generator's call counts the steps.

        Args:
            batch: {"wave": float [batch, samples]}.
            player: "generator" or "discriminator".

        Returns:
            The loss and its parts, each before its weight.
        """
        return self._generator(batch["wave"]) if player == GENERATOR else self._discriminator(batch["wave"])

    def judge(self, batch: Any) -> dict[str, Tensor]:
        """The mel loss with all levels and with the coarse ones, the ratio in decibels, and each level's perplexity.

        The perplexities are those of the batch's codes, so they are at most the number of its frames.

        Args:
            batch: {"wave": float [batch, samples]}.

        Returns:
            `loss`, `loss_coarse`, `si_sdr` (of waves that sound, within 100 dB) and `perplexity_LL` of each level.
        """
        waves = batch["wave"]
        codes = self.network.encode(waves)
        made = self.network.decode(codes)
        ratios = si_sdr(made, waves)
        figures = {
            "loss": self.spectral(made, waves),
            "loss_coarse": self.spectral(self.network.decode(codes[:, : self.coarse_levels]), waves),
            "si_sdr": ratios[~ratios.isnan()].clamp(-100, 100).mean().nan_to_num(-100),
        }
        vocab = self.network.quantizer.config.codebook.codes
        for level, of_level in enumerate(codes.unbind(dim=1), start=1):
            figures[f"perplexity_{level:02d}"] = _perplexity(of_level, vocab)
        return figures

    def _generator(self, waves: Float[Tensor, "batch samples"]) -> Losses:
        coded, weights = self.network(waves), self.weights
        self._made = (waves, coded.waves.detach())
        figures = {
            "spectral": self.spectral(coded.waves, waves),
            "waveform": (coded.waves - waves).abs().mean(),
            "commitment": coded.commitment,
        }
        if self._discriminating():
            with torch.no_grad():
                real = self.discriminators(waves)
            made = self.discriminators(coded.waves)
            figures |= {"adversarial": generator_loss(made), "features": feature_loss(made, real)}
        self.steps += 1
        total = torch.stack([getattr(weights, name) * value for name, value in figures.items()]).sum()
        return Losses(total, {name: value.detach() for name, value in figures.items()})

    def _discriminator(self, waves: Float[Tensor, "batch samples"]) -> Losses:
        if not self._discriminating():
            idle = torch.stack([parameter.sum() for parameter in self.discriminators.parameters()]).sum() * 0
            return Losses(idle, {})
        loss = discriminator_loss(self.discriminators(self._coded(waves)), self.discriminators(waves))
        return Losses(loss, {"hinge": loss.detach()})

    def _discriminating(self) -> bool:
        return int(self.steps) >= self.weights.discriminate_after

    @torch.no_grad()
    def _coded(self, waves: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch samples"]:
        """What the generator just made of these waves, or makes now without learning from them again."""
        if self._made is not None and self._made[0] is waves:
            return self._made[1]
        return self.network.decode(self.network.encode(waves))


def _perplexity(codes: Int[Tensor, "batch t"], vocab: int) -> Float[Tensor, ""]:
    share = torch.bincount(codes.flatten(), minlength=vocab).float() / codes.numel()
    return torch.special.entr(share).sum().exp()
