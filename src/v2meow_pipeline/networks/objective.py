"""Training objective of a network, independent of the training loop.

An objective consists of a network and its losses. The training loop (training/) supplies batches and one optimiser per
optimizer group: one group for a plain loss, two with discriminators.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor, nn

NETWORK = "network"


class Losses(NamedTuple):
    """Loss of an optimizer group.

    Attributes:
        total: loss to minimise.
        figures: detached metrics to log.
    """

    total: Float[Tensor, ""]
    figures: dict[str, Tensor]


@runtime_checkable
class Examples(Protocol):
    """Training batches by step and fixed validation batches, as dicts or named tuples of tensors.

    Attributes:
        fingerprint: fingerprint of data and splits, part of the fingerprint of networks trained on them.
    """

    fingerprint: str

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> Any:
        """Training batch of a step (a function of seed and step only), or the part of it that belongs to `rank`."""
        ...

    def validation(self) -> Iterator[Any]:
        """Validation batches; the same on every call."""
        ...


class Objective(nn.Module):
    """Base class of training objectives: a network and its losses.

    Attributes:
        network: network that is saved after training; other parts of the objective (discriminators, projection heads)
            are used in training only.
    """

    network: nn.Module

    def prepare(self, examples: Examples) -> None:
        """Computes data statistics such as means and standard deviations; does nothing by default.

        Called once, before the first step, with torch's global generator seeded.

        Args:
            examples: the training examples.
        """

    def optimizer_groups(self) -> Mapping[str, Iterable[nn.Parameter]]:
        """Parameters of each optimizer group, in the order of their steps; a single group by default."""
        return {NETWORK: self.parameters()}

    def loss(self, batch: Any, group: str) -> Losses:
        """Loss of an optimizer group on a training batch.

        Random numbers come from torch's global generator, which the trainer seeds before each step.

        Args:
            batch: tensors of the batch, with the examples on the first axis.
            group: a key of `optimizer_groups()`.

        Returns:
            The loss and metrics to log.
        """
        raise TypeError(f"{type(self).__name__} does not define the loss of {group!r}.")

    def judge(self, batch: Any) -> dict[str, Tensor]:
        """Metrics of a validation batch, each a mean over its examples.

        Args:
            batch: tensors of the batch, as in training.

        Returns:
            Metrics by name; "loss" selects the best weights.
        """
        raise TypeError(f"{type(self).__name__} does not define judge().")

    def summary(self, figures: dict[str, float]) -> dict[str, float]:
        """Transforms the metrics after averaging over all validation batches; the identity by default."""
        return figures
