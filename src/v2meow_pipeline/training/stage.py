"""What a stage is trained to do: to predict every token of its output (paper, section "Stages")."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.models.codebook_start import start_from_codebooks
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.networks.objective import Examples, Losses, Objective
from v2meow_pipeline.training.data import Batch, StageExamples

LEVEL_LOSS = "loss_level_"


class StageObjective(Objective):
    """Cross-entropy of a stage model's tokens.

    Attributes:
        network: the stage model.
    """

    network: StageModel

    def __init__(self, model: StageModel, codebooks: Mapping[str, np.ndarray] | None, seed: int) -> None:
        """The objective of a stage.

        Args:
            model: with random weights.
            codebooks: vectors that tokens stand for, to start from (models/codebook_start.py); None starts from the
                random weights, as the paper does.
            seed: of the projections of these vectors.
        """
        super().__init__()
        self.network = model
        self._codebooks, self._seed = codebooks, seed

    def prepare(self, examples: Examples) -> None:
        """Gives the feature adapters mean and spread of the training clips, and starts from the codebooks."""
        assert isinstance(examples, StageExamples)
        examples.clips.fit_adapters(self.network)
        if self._codebooks is not None:
            counts = examples.clips.token_counts(self.network.vocab)
            start_from_codebooks(self.network, self._codebooks, counts, self._seed)

    def loss(self, batch: Batch, group: str) -> Losses:
        """The mean loss of all tokens, nats."""
        return Losses(self.network(batch.conditions, batch.tokens, batch.start_s).loss, {})

    def judge(self, batch: Batch) -> dict[str, Tensor]:
        """Loss and accuracy, the loss of each level, and the loss with all continuous conditions hidden."""
        output = self.network(batch.conditions, batch.tokens, batch.start_s)
        figures = {"loss": output.loss, "accuracy": output.level_accuracy.mean()}
        if any(stream.optional for stream in self.network.conditioner.streams):
            hidden = self.network(batch.conditions, batch.tokens, batch.start_s, hide_features=True)
            figures["loss_unconditioned"] = hidden.loss
        return figures | {f"{LEVEL_LOSS}{i}": loss for i, loss in enumerate(output.level_loss)}

    def summary(self, figures: dict[str, float]) -> dict[str, float]:
        """Perplexities in place of the losses of levels: of the mean loss, not the mean of perplexities."""
        levels = {name: value for name, value in figures.items() if name.startswith(LEVEL_LOSS)}
        rest = {name: value for name, value in figures.items() if name not in levels}
        return rest | {
            f"perplexity_level_{name.removeprefix(LEVEL_LOSS)}": float(torch.tensor(value, dtype=torch.float64).exp())
            for name, value in levels.items()
        }
