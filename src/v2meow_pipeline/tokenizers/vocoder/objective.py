"""Training objective of the vocoder: magnitude losses for all examples, waveform losses for some of them.

Most of a codec's error is in the magnitudes, which are cheap to compare. Waveform losses need phases, overlap-add and
several transforms, which take four times as long. The optional discriminators are applied to the same waveforms.
"""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.adversary import AdversarialObjective
from v2meow_pipeline.networks.objective import Examples, Losses
from v2meow_pipeline.networks.spectral_losses import MelLoss, StftLoss
from v2meow_pipeline.tokenizers.griffin_lim import StftFrames
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.network import EDGE, Vocoder

MEASURED_BATCHES = 8
# Single bins are noisier and less audible than mel bands.
BIN_WEIGHT = 0.5


class VocoderObjective(AdversarialObjective):
    """A vocoder with spectral losses and optional discriminators.

    Batches contain "wave", "log_mel" and "levels" (see `examples.codec_frames`).

    Attributes:
        network: the vocoder.
    """

    network: Vocoder

    def __init__(self, config: VocoderConfig, clock: Clock) -> None:
        """Builds the vocoder with random weights.

        Args:
            config: sizes and loss weights.
            clock: sample rate and frame rates.
        """
        super().__init__()
        self.config = config
        self.network = Vocoder(config, clock)
        self.mel = MelLoss(clock.sample_rate_hz, floor=config.floor)
        self.stft = StftLoss(clock.sample_rate_hz, floor=config.floor)
        if config.adversarial is not None:
            adversarial = config.adversarial
            crop_samples = clock.samples(adversarial.judged_s)
            self.add_discriminators(adversarial.discriminators, adversarial.discriminate_after, crop_samples)

    def prepare(self, examples: Examples) -> None:
        """Computes mean and standard deviation of each band from the first training batches.

        Args:
            examples: the training examples.
        """
        frames = torch.cat([examples.train(step)["log_mel"].flatten(0, 1) for step in range(MEASURED_BATCHES)])
        self.network.mean.copy_(frames.mean(dim=0))
        self.network.spread.copy_(frames.std(dim=0).clamp(min=1e-3))

    def network_loss(self, batch: Any) -> Losses:
        """Computes magnitude losses of all examples, and waveform and adversarial losses of the first `wave_examples`.

        Args:
            batch: training batch (see the class docstring).

        Returns:
            The total loss and its terms.
        """
        total, figures, made = self._losses(batch, self.config.wave_examples)
        terms = self.adversarial_terms(batch["wave"], made)
        if self.config.adversarial is not None and terms:
            weights = self.config.adversarial
            total = total + weights.weight * terms["adversarial"] + weights.features * terms["features"]
        return Losses(total, figures | {name: term.detach() for name, term in terms.items()})

    def regenerate(self, batch: Any) -> Float[Tensor, "made samples"]:
        """Synthesises the first `wave_examples` of a batch.

        Args:
            batch: training batch (see the class docstring).

        Returns:
            The generated waveforms.
        """
        sounding = self.config.wave_examples
        return self.network(batch["log_mel"][:sounding], batch["levels"][:sounding])

    def judge(self, batch: Any) -> dict[str, Tensor]:
        """Computes the spectral losses, with waveforms of all examples.

        Args:
            batch: validation batch (see the class docstring).

        Returns:
            `loss` and its terms.
        """
        total, figures, _ = self._losses(batch, len(batch["wave"]))
        return {"loss": total.detach(), **figures}

    def _losses(self, batch: Any, sounding: int) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """Weighted sum of the spectral losses, its terms, and the generated waveforms."""
        wave = batch["wave"]
        magnitudes, made = self._generated(batch, sounding)
        bands, bins = self._magnitude_distances(magnitudes, wave)
        mel, stft = self.mel(made, wave[:sounding]), self.stft(made, wave[:sounding])
        total = bands + BIN_WEIGHT * bins + self.config.mel_weight * mel + self.config.stft_weight * stft
        parts = {"bands": bands, "bins": bins, "mel": mel, "stft": stft}
        return total, {name: part.detach() for name, part in parts.items()}, made

    def _generated(
        self, batch: Any, sounding: int
    ) -> tuple[Float[Tensor, "batch t bin"], Float[Tensor, "made samples"]]:
        """Magnitudes of all examples, and waveforms of the first `sounding` ones.

        In adversarial training, which synthesises more examples, a single pass of the mirrored frames gives both
        magnitudes and waveforms.
        """
        log_mel, levels, network = batch["log_mel"], batch["levels"], self.network
        if self.discriminators is None:
            return network.draw(log_mel, levels).magnitudes, network(log_mel[:sounding], levels[:sounding])
        drawn = network.draw(network.mirrored(log_mel[:sounding]), levels[:sounding])
        magnitudes = [drawn.magnitudes[:, EDGE:-EDGE]]
        if sounding < len(log_mel):
            magnitudes.append(network.draw(log_mel[sounding:], levels[sounding:]).magnitudes)
        return torch.cat(magnitudes), network.sound(drawn)

    def _magnitude_distances(
        self, magnitudes: Float[Tensor, "batch t bin"], wave: Float[Tensor, "batch samples"]
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Mean absolute difference of natural logarithms of mel bands, and of bins."""
        layout = StftFrames(self.network.hop, magnitudes.shape[1], wave.device)
        padding = 3 * self.network.hop // 2
        padded = F.pad(wave[:, None], (padding, padding), mode="reflect")[:, 0]
        reference = layout.analyse(padded).abs() / layout.scale
        filters, floor = self.network.filters, self.config.floor
        bands = ((magnitudes @ filters.T + floor).log() - (reference @ filters.T + floor).log()).abs().mean()
        return bands, ((magnitudes + floor).log() - (reference + floor).log()).abs().mean()
