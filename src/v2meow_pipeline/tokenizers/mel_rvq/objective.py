"""What the learned codec on log-mel frames is trained on: the frames themselves."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.objective import Examples, Losses, Objective
from v2meow_pipeline.tokenizers.mel_rvq.config import MelRvqConfig
from v2meow_pipeline.tokenizers.mel_rvq.network import MelRvq

MEASURED_BATCHES = 16


class MelRvqObjective(Objective):
    """The codec and its losses; batches hold "log_mel" [batch, t_mel, band].

    Attributes:
        network: the codec.
    """

    network: MelRvq

    def __init__(self, config: MelRvqConfig, clock: Clock) -> None:
        """Random weights.

        Args:
            config: sizes and weights of the losses.
            clock: rates, levels and codes.
        """
        super().__init__()
        self.config, self.coarse_levels = config, clock.coarse_levels
        self.network = MelRvq(config, clock)

    def prepare(self, examples: Examples) -> None:
        """Mean of each band, and standard deviation over all, of the first training batches.

        Args:
            examples: what it will be trained on.
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
        """Errors in log10 of magnitude, and how many codes are in effective use.

        Args:
            batch: {"log_mel": float [batch, t_mel, band]}.

        Returns:
            `loss` with all levels, `loss_coarse` with the coarse ones, and `perplexity_LL` of each level: of the
            batch's codes, so at most the number of its token frames.
        """
        log_mel = batch["log_mel"]
        codes = self.network.encode(log_mel)
        figures = {
            "loss": F.l1_loss(self.network.decode(codes), log_mel),
            "loss_coarse": F.l1_loss(self.network.decode(codes[:, : self.coarse_levels]), log_mel),
        }
        for level, of_level in enumerate(codes.unbind(dim=1), start=1):
            share = torch.bincount(of_level.flatten()).float() / of_level.numel()
            figures[f"perplexity_{level:02d}"] = torch.special.entr(share).sum().exp()
        return figures
