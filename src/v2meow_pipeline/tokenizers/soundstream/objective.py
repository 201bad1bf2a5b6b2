"""SoundStream's training objective: spectral reconstruction losses and adversarial losses.

Generator (the codec) and discriminators are optimised alternately (Zeghidour et al. 2021, section III.F).

Shapes: `batch` waveforms, `samples` samples of each.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.adversary import AdversarialObjective
from v2meow_pipeline.networks.code_usage import code_perplexity
from v2meow_pipeline.networks.objective import Losses
from v2meow_pipeline.networks.si_sdr import si_sdr
from v2meow_pipeline.networks.spectral_losses import MelLoss
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.network import SoundStream


class SoundStreamObjective(AdversarialObjective):
    """SoundStream, its losses and its discriminators; batches are {"wave": [batch, samples]}.

    Attributes:
        network: the codec network.

    Args:
        config: sizes and loss weights.
        clock: frame rates, levels and codebook sizes.
    """

    network: SoundStream

    def __init__(self, config: SoundStreamConfig, clock: Clock) -> None:
        super().__init__()
        if clock.samples(config.crop_s) % clock.hop_samples:
            raise ConfigError(
                f"A crop of {config.crop_s} s is not a whole number of frames at {clock.acoustic_hz} Hz.",
                f"Set crop_s to a multiple of {1 / clock.acoustic_hz} s.",
            )
        self.weights, self.coarse_levels = config.losses, clock.coarse_levels
        self.network = SoundStream(config, clock)
        self.add_discriminators(config.discriminators, config.losses.discriminate_after)
        self.spectral = MelLoss(clock.sample_rate_hz)

    def network_loss(self, batch: Any) -> Losses:
        """Computes the loss of the codec.

        Args:
            batch: {"wave": float [batch, samples]}.

        Returns:
            The total loss and its unweighted terms.
        """
        waves, weights = batch["wave"], self.weights
        coded = self.network(waves)
        figures = {
            "spectral": self.spectral(coded.waves, waves),
            "waveform": (coded.waves - waves).abs().mean(),
            "commitment": coded.commitment,
            **self.adversarial_terms(waves, coded.waves),
        }
        total = torch.stack([getattr(weights, name) * value for name, value in figures.items()]).sum()
        return Losses(total, {name: value.detach() for name, value in figures.items()})

    def regenerate(self, batch: Any) -> Float[Tensor, "batch samples"]:
        """Encodes and decodes the waveforms, without codebook updates.

        Args:
            batch: {"wave": float [batch, samples]}.

        Returns:
            The reconstructed waveforms.
        """
        return self.network.decode(self.network.encode(batch["wave"]))

    def judge(self, batch: Any) -> dict[str, Tensor]:
        """Computes mel losses, SI-SDR and codebook perplexities.

        Args:
            batch: {"wave": float [batch, samples]}.

        Returns:
            `loss`, the mel loss with all levels; `loss_coarse`, with the coarse levels only; `si_sdr` in dB, clamped to
            +-100, without silent waveforms; `perplexity_LL` of each level over the batch, at most its number of frames.
        """
        waves = batch["wave"]
        codes = self.network.encode(waves)
        decoded = self.network.decode(codes)
        ratios = si_sdr(decoded, waves)
        figures = {
            "loss": self.spectral(decoded, waves),
            "loss_coarse": self.spectral(self.network.decode(codes[:, : self.coarse_levels]), waves),
            "si_sdr": ratios[~ratios.isnan()].clamp(-100, 100).mean().nan_to_num(-100),
        }
        vocab = self.network.quantizer.config.codebook.codes
        for level, level_codes in enumerate(codes.unbind(dim=1), start=1):
            figures[f"perplexity_{level:02d}"] = code_perplexity(level_codes, vocab)
        return figures
