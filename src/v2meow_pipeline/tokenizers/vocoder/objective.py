"""What the vocoder is trained on: true magnitudes for all examples, the sound itself for some of them.

Most of what a codec loses it loses in the magnitudes, and they are cheap to compare; sound needs phases, overlap-add
and transforms of several windows, which take four times as long.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.objective import NETWORK, Examples, Losses, Objective
from v2meow_pipeline.networks.spectral_losses import MelLoss, StftLoss
from v2meow_pipeline.tokenizers.griffin_lim import Layout
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.network import Vocoder

MEASURED_BATCHES = 8
# A single bin is mostly chance, a band is what is heard.
BIN_WEIGHT = 0.5


class VocoderObjective(Objective):
    """A vocoder and its spectral losses; batches hold "wave", "log_mel" and "levels" (see `corpus.codec_frames`).

    Attributes:
        network: the vocoder.
    """

    network: Vocoder

    def __init__(self, config: VocoderConfig, clock: Clock) -> None:
        """Random weights.

        Args:
            config: sizes and weights of the losses.
            clock: the rates.
        """
        super().__init__()
        self.config = config
        self.network = Vocoder(config, clock)
        self.mel = MelLoss(clock.sample_rate_hz, floor=config.floor)
        self.stft = StftLoss(clock.sample_rate_hz, floor=config.floor)

    def prepare(self, examples: Examples) -> None:
        """Mean and spread of each band over the first training batches.

        Args:
            examples: what it will be trained on.
        """
        frames = torch.cat([examples.train(step)["log_mel"].flatten(0, 1) for step in range(MEASURED_BATCHES)])
        self.network.mean.copy_(frames.mean(dim=0))
        self.network.spread.copy_(frames.std(dim=0).clamp(min=1e-3))

    def players(self) -> Mapping[str, Iterable[nn.Parameter]]:
        """One: the network."""
        return {NETWORK: self.network.parameters()}

    def loss(self, batch: Any, player: str) -> Losses:
        """Distance of magnitudes, and of the sound of the first `wave_examples`.

        Args:
            batch: see the class.
            player: the network.

        Returns:
            The loss and its parts.
        """
        return self._losses(batch, self.config.wave_examples)

    def judge(self, batch: Any) -> dict[str, Tensor]:
        """The same, with the sound of every example.

        Args:
            batch: see the class.

        Returns:
            `loss` and its parts, all better when smaller.
        """
        total, figures = self._losses(batch, len(batch["wave"]))
        return {"loss": total.detach(), **figures}

    def _losses(self, batch: Any, sounding: int) -> Losses:
        wave, log_mel, levels = batch["wave"], batch["log_mel"], batch["levels"]
        bands, bins = self._magnitude_distances(self.network.draw(log_mel, levels).magnitudes, wave)
        made = self.network(log_mel[:sounding], levels[:sounding])
        mel, stft = self.mel(made, wave[:sounding]), self.stft(made, wave[:sounding])
        total = bands + BIN_WEIGHT * bins + self.config.mel_weight * mel + self.config.stft_weight * stft
        parts = {"bands": bands, "bins": bins, "mel": mel, "stft": stft}
        return Losses(total, {name: part.detach() for name, part in parts.items()})

    def _magnitude_distances(
        self, magnitudes: Float[Tensor, "batch t bin"], wave: Float[Tensor, "batch samples"]
    ) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Mean absolute difference of natural logarithms, of mel bands and of single bins."""
        layout = Layout(self.network.hop, magnitudes.shape[1], wave.device)
        padding = 3 * self.network.hop // 2
        padded = F.pad(wave[:, None], (padding, padding), mode="reflect")[:, 0]
        true = layout.analyse(padded).abs() / layout.scale
        filters, floor = self.network.filters, self.config.floor
        bands = ((magnitudes @ filters.T + floor).log() - (true @ filters.T + floor).log()).abs().mean()
        return bands, ((magnitudes + floor).log() - (true + floor).log()).abs().mean()
