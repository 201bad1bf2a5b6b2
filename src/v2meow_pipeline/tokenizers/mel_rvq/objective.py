"""Training objective of the mel_rvq codec: reconstruction of log-mel frames."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.code_usage import code_perplexity
from v2meow_pipeline.networks.objective import Examples, Losses, Objective
from v2meow_pipeline.tokenizers.mel_rvq.config import MelRvqConfig
from v2meow_pipeline.tokenizers.mel_rvq.network import MelRvq

MEASURED_BATCHES = 16


class MelRvqObjective(Objective):
    """Reconstruction objective of the codec; batches are {"log_mel": [batch, t_mel, band]}.

    Attributes:
        network: the codec.
    """

    network: MelRvq

    def __init__(self, config: MelRvqConfig, clock: Clock) -> None:
        """Builds the codec with random weights.

        Args:
            config: sizes and loss weights.
            clock: frame rates, levels and codebook sizes.
        """
        super().__init__()
        self.config, self.coarse_levels = config, clock.coarse_levels
        self.network = MelRvq(config, clock)

    def prepare(self, examples: Examples) -> None:
        """Computes the mean of each band and the common standard deviation from the first training batches.

        Args:
            examples: the training examples.
        """
        frames = torch.cat([examples.train(step)["log_mel"].flatten(0, 1) for step in range(MEASURED_BATCHES)])
        self.network.mean.copy_(frames.mean(dim=0))
        self.network.scale.copy_((frames - self.network.mean).std().clamp(min=1e-3))

    def loss(self, batch: Any, group: str) -> Losses:
        """Absolute and squared error of standardised frames, and the commitment loss."""
        rebuilt = self.network(batch["log_mel"])
        error = rebuilt.log_mel - self.network.standardised(batch["log_mel"])
        absolute, squared = error.abs().mean(), error.pow(2).mean()
        weights = self.config
        total = absolute + weights.squared_weight * squared + weights.commitment_weight * rebuilt.commitment
        return Losses(total, {"absolute": absolute.detach(), "commitment": rebuilt.commitment.detach()})

    def judge(self, batch: Any) -> dict[str, Tensor]:
        """Computes reconstruction errors and codebook perplexities.

        Args:
            batch: {"log_mel": float [batch, t_mel, band]}.

        Returns:
            `loss`, the mean absolute error in log10 of magnitude with all levels; `loss_coarse`, with the coarse levels
            only; `perplexity_LL` of each level over the batch, at most its number of token frames.
        """
        log_mel = batch["log_mel"]
        codes = self.network.encode(log_mel)
        figures = {
            "loss": F.l1_loss(self.network.decode(codes), log_mel),
            "loss_coarse": F.l1_loss(self.network.decode(codes[:, : self.coarse_levels]), log_mel),
        }
        for level, level_codes in enumerate(codes.unbind(dim=1), start=1):
            figures[f"perplexity_{level:02d}"] = code_perplexity(level_codes)
        return figures
