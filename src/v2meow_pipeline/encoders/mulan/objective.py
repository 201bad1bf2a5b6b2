"""Contrastive training objective of MuLan."""

from collections.abc import Mapping

from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.loss import batch_retrieval, contrastive_loss
from v2meow_pipeline.encoders.mulan.network import MulanNetwork
from v2meow_pipeline.encoders.mulan.text import build_reader
from v2meow_pipeline.networks.objective import Examples, Losses, Objective

STANDARDISED_ON = 4  # number of batches


class MulanObjective(Objective):
    """Symmetric contrastive loss (Huang et al. 2022, section 3).

    Batches contain `wave` (float32 [batch, samples] in [-1, 1] at the config's sample rate), `text` (captions encoded
    by the reader, one row per waveform) and `caption` (int64 [batch], equal for equal captions). Negatives are the
    other pairs of the batch on the same rank.
    """

    network: MulanNetwork

    def __init__(self, config: MulanConfig) -> None:
        """Builds the network with random weights.

        Args:
            config: configuration of network and loss.
        """
        super().__init__()
        self.network = MulanNetwork(config)
        self.network.sign(build_reader(config.text).fingerprint)

    def prepare(self, examples: Examples) -> None:
        """Computes mean and standard deviation of the spectrogram bands from the first training batches.

        Args:
            examples: the training examples.
        """
        waves = [examples.train(step)["wave"] for step in range(STANDARDISED_ON)]
        self.network.sound.standardise_on(waves)

    def loss(self, batch: Mapping[str, Tensor], group: str) -> Losses:
        """Contrastive loss of a batch; see `Objective.loss`."""
        cosines = self._cosines(batch)
        loss = contrastive_loss(self.network.scale * cosines, batch["caption"], self.network.config.decoupled)
        return Losses(loss, {"temperature": 1 / self.network.scale.detach()})

    def judge(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Computes the loss and retrieval metrics within the batch, which should contain all validation pairs.

        Args:
            batch: batch with the same keys as in training.

        Returns:
            `loss`, and the metrics of `batch_retrieval`.
        """
        cosines = self._cosines(batch)
        loss = contrastive_loss(self.network.scale * cosines, batch["caption"], self.network.config.decoupled)
        return {"loss": loss, **batch_retrieval(cosines, batch["caption"])}

    def _cosines(self, batch: Mapping[str, Tensor]) -> Float[Tensor, "n n"]:
        return self.network.embed_audio(batch["wave"]) @ self.network.embed_text(batch["text"]).T
