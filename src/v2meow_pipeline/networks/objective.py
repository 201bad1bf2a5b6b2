"""What a network is trained to do, without knowing who trains it.

An objective holds a network and its losses. Training (training/) gives it batches, and one optimiser to each of its
groups: one where a loss is minimised, two where a discriminator takes part.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor, nn

NETWORK = "network"


class Losses(NamedTuple):
    """`total` is what the group's optimiser minimises; `figures` are detached numbers for the curves."""

    total: Float[Tensor, ""]
    figures: dict[str, Tensor]


@runtime_checkable
class Examples(Protocol):
    """Training batches by step number and fixed validation batches, as dicts or named tuples of tensors.

    Attributes:
        fingerprint: of the data and the splits: what is trained on other examples is another network.
    """

    fingerprint: str

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> Any:
        """The training batch of a step, a function of seed and step alone; of several ranks each takes its share."""
        ...

    def validation(self) -> Iterator[Any]:
        """The same batches each time."""
        ...


class Objective(nn.Module):
    """A network and its losses; subclasses say which.

    Attributes:
        network: what is kept when training is over; whatever else the objective has (discriminators, projections of a
            pretext task) served its training only.
    """

    network: nn.Module

    def prepare(self, examples: Examples) -> None:
        """Takes from the examples what is measured rather than trained (means, spreads); nothing by default.

        Called once, before the first step, with torch's global generator seeded.

        Args:
            examples: what it will be trained on.
        """

    def optimizer_groups(self) -> Mapping[str, Iterable[nn.Parameter]]:
        """The parameters of each optimiser, in the order in which they take their step; one for all by default."""
        return {NETWORK: self.parameters()}

    def loss(self, batch: Any, group: str) -> Losses:
        """What `group` minimises on a training batch.

        Random numbers are drawn from torch's global generator, which the trainer seeds before every step.

        Args:
            batch: tensors of a step, first axis the examples.
            group: a key of `optimizer_groups()`.

        Returns:
            The loss and the figures that explain it.
        """
        raise TypeError(f"{type(self).__name__} does not say what {group} minimises.")

    def judge(self, batch: Any) -> dict[str, Tensor]:
        """Figures of a validation batch, each a mean over its examples.

        Args:
            batch: as in training.

        Returns:
            Numbers by name; the weights with the lowest `loss` are kept.
        """
        raise TypeError(f"{type(self).__name__} does not say how it is judged.")

    def summary(self, figures: dict[str, float]) -> dict[str, float]:
        """What is reported of figures that were averaged over all validation batches; as they are by default."""
        return figures
