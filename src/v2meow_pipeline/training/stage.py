"""Training objective of a stage: cross-entropy of its output tokens (paper, section "Stages")."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.examples.stage_examples import Batch, StageExamples
from v2meow_pipeline.models.codebook_start import start_from_codebooks
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.networks.objective import Examples, Losses, Objective

LEVEL_LOSS = "loss_level_"


class StageObjective(Objective):
    """Cross-entropy objective of a stage model.

    Attributes:
        network: the stage model.
    """

    network: StageModel

    def __init__(self, model: StageModel, codebooks: Mapping[str, np.ndarray] | None, seed: int) -> None:
        """Stores the model and its initial values.

        Args:
            model: model with random weights.
            codebooks: codebook vectors for initialisation (models/codebook_start.py); None keeps the random weights, as
                in the paper.
            seed: seeds the projections of the codebook vectors.
        """
        super().__init__()
        self.network = model
        self._codebooks, self._seed = codebooks, seed

    def prepare(self, examples: Examples) -> None:
        """Sets feature statistics from the training clips, and initialises embeddings and heads from the codebooks."""
        assert isinstance(examples, StageExamples)
        examples.clips.fit_adapters(self.network)
        if self._codebooks is not None:
            counts = examples.clips.token_counts(self.network.vocab)
            start_from_codebooks(self.network, self._codebooks, counts, self._seed)

    def loss(self, batch: Batch, group: str) -> Losses:
        """Cross-entropy in nats per token."""
        return Losses(self.network(batch.conditions, batch.tokens, batch.start_s).loss, {})

    def judge(self, batch: Batch) -> dict[str, Tensor]:
        """Loss, accuracy, loss of each level, and loss with all optional conditions dropped."""
        output = self.network(batch.conditions, batch.tokens, batch.start_s)
        figures = {"loss": output.loss, "accuracy": output.level_accuracy().mean()}
        if any(stream.optional for stream in self.network.conditioner.streams):
            hidden = self.network(batch.conditions, batch.tokens, batch.start_s, hide_features=True)
            figures["loss_unconditioned"] = hidden.loss
        return figures | {f"{LEVEL_LOSS}{i}": loss for i, loss in enumerate(output.level_loss)}

    def summary(self, figures: dict[str, float]) -> dict[str, float]:
        """Replaces level losses by perplexities, computed from the mean loss (not averaged over batches)."""
        levels = {name: value for name, value in figures.items() if name.startswith(LEVEL_LOSS)}
        rest = {name: value for name, value in figures.items() if name not in levels}
        return rest | {
            f"perplexity_level_{name.removeprefix(LEVEL_LOSS)}": float(torch.tensor(value, dtype=torch.float64).exp())
            for name, value in levels.items()
        }
