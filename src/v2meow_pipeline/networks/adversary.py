"""Adversarial training: an objective whose waves discriminators judge, so that two optimizers take turns.

What both sides minimise is in `adversarial_losses`; what the generator minimises beside it is up to each objective.

Shapes: `batch` waves, `samples` of each; `made` of them, the first ones, are waves that the generator was asked for.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.networks.adversarial_losses import discriminator_loss, feature_loss, generator_loss
from v2meow_pipeline.networks.discriminators import Discriminators, DiscriminatorsConfig
from v2meow_pipeline.networks.objective import NETWORK, Losses, Objective

GENERATOR, DISCRIMINATOR = "generator", "discriminator"


class AdversarialObjective(Objective):
    """Base class of objectives that train waveform generators, with discriminators or without.

    With discriminators the optimizers are "generator" and "discriminator", without them there is one, "network".
    Subclasses set `network`, call `add_discriminators` if they want any, and define `network_loss` and `regenerate`.
    Batches hold real waves as "wave": [batch, samples].

    Attributes:
        discriminators: None where there are none.
        steps: how often the generator's loss was computed; with discriminators only.
    """

    steps: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.discriminators: Discriminators | None = None
        self._discriminate_after = 0
        self._judged_samples: int | None = None
        self._last: tuple[Tensor, Tensor] | None = None

    def add_discriminators(
        self, config: DiscriminatorsConfig, discriminate_after: int, judged_samples: int | None = None
    ) -> None:
        """Adds the second group.

        Args:
            config: which discriminators.
            discriminate_after: generator steps before they take part.
            judged_samples: length of the part of each wave that they are shown, drawn anew each time; None shows all.
        """
        self.discriminators = Discriminators(config)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        self._discriminate_after, self._judged_samples = discriminate_after, judged_samples

    def optimizer_groups(self) -> Mapping[str, Iterable[nn.Parameter]]:
        """The network, then its discriminators if there are any."""
        if self.discriminators is None:
            return {NETWORK: self.network.parameters()}
        return {GENERATOR: self.network.parameters(), DISCRIMINATOR: self.discriminators.parameters()}

    def loss(self, batch: Any, group: str) -> Losses:
        """What a group minimises; the generator's call counts the steps.

        Args:
            batch: see the class.
            group: a key of `optimizer_groups()`.

        Returns:
            The loss and its parts, each before its weight.
        """
        return self._discriminator_loss(batch) if group == DISCRIMINATOR else self.network_loss(batch)

    def network_loss(self, batch: Any) -> Losses:
        """What the network minimises; includes `adversarial_terms`, each times its weight.

        Args:
            batch: see the class.

        Returns:
            The loss and its parts.
        """
        raise TypeError(f"{type(self).__name__} does not say what its network minimises.")

    def regenerate(self, batch: Any) -> Float[Tensor, "made samples"]:
        """Waves of a batch as the network makes them now, for the discriminators alone; called without gradients.

        Args:
            batch: see the class.

        Returns:
            Waves like those given to `adversarial_terms`; nothing in the network may change by it.
        """
        raise TypeError(f"{type(self).__name__} does not say what its network makes.")

    def adversarial_terms(
        self, wave: Float[Tensor, "batch samples"], made: Float[Tensor, "made samples"]
    ) -> dict[str, Tensor]:
        """The hinge loss and the feature matching loss of generated waves; to be called once for a generator's loss.

        Args:
            wave: the batch's real waves.
            made: generated waves, of the first `made` real ones.

        Returns:
            `adversarial` and `features`, before their weights; empty until the discriminators take part.
        """
        if self.discriminators is None:
            return {}
        self._last = (wave, made.detach())
        taking_part = self._taking_part()
        self.steps += 1
        if not taking_part:
            return {}
        made, real = self._judged(made, wave[: len(made)])
        with torch.no_grad():
            of_real = self.discriminators(real)
        of_made = self.discriminators(made)
        return {"adversarial": generator_loss(of_made), "features": feature_loss(of_made, of_real)}

    def _discriminator_loss(self, batch: Any) -> Losses:
        assert self.discriminators is not None, "Without discriminators nobody plays their part."
        if not self._taking_part():
            idle = torch.stack([parameter.sum() for parameter in self.discriminators.parameters()]).sum() * 0
            return Losses(idle, {})
        made = self._made_of(batch)
        made, real = self._judged(made, batch["wave"][: len(made)])
        loss = discriminator_loss(self.discriminators(made), self.discriminators(real))
        return Losses(loss, {"hinge": loss.detach()})

    def _taking_part(self) -> bool:
        return int(self.steps) >= self._discriminate_after

    @torch.no_grad()
    def _made_of(self, batch: Any) -> Float[Tensor, "made samples"]:
        """What the generator just made of this batch, or makes of it now."""
        if self._last is not None and self._last[0] is batch["wave"]:
            return self._last[1]
        return self.regenerate(batch)

    def _judged(self, made: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """The same part of both, at a place drawn from torch's global generator."""
        length = self._judged_samples
        if length is None or length >= made.shape[1]:
            return made, real
        start = int(torch.randint(made.shape[1] - length + 1, ()))
        return made[:, start : start + length], real[:, start : start + length]
