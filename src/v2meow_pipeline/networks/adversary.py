"""Base objective for adversarial training of waveform generators, with alternating generator and discriminator steps.

The adversarial losses are in `adversarial_losses`; subclasses add their own reconstruction losses.

Shapes: `batch` waveforms, `samples` samples of each, `made` generated waveforms, which correspond to the first real
ones of the batch.
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
    """Base class of objectives that train waveform generators, optionally with discriminators.

    The optimizer groups are "generator" and "discriminator" with discriminators, and "network" without. Subclasses set
    `network`, optionally call `add_discriminators`, and define `network_loss` and `regenerate`. Batches contain real
    waveforms under "wave", [batch, samples].

    Attributes:
        discriminators: the discriminators; None if there are none.
        steps: number of generator loss computations; only with discriminators.
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
        """Adds discriminators and their optimizer group.

        Args:
            config: configuration of the discriminators.
            discriminate_after: generator steps before the adversarial losses are used.
            judged_samples: length in samples of the random crop that the discriminators receive; None for whole
                waveforms.
        """
        self.discriminators = Discriminators(config)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        self._discriminate_after, self._judged_samples = discriminate_after, judged_samples

    def optimizer_groups(self) -> Mapping[str, Iterable[nn.Parameter]]:
        """Parameters of the network, then of the discriminators if there are any."""
        if self.discriminators is None:
            return {NETWORK: self.network.parameters()}
        return {GENERATOR: self.network.parameters(), DISCRIMINATOR: self.discriminators.parameters()}

    def loss(self, batch: Any, group: str) -> Losses:
        """Loss of an optimizer group; computing the generator's loss increments `steps`.

        Args:
            batch: training batch (see the class docstring).
            group: a key of `optimizer_groups()`.

        Returns:
            The total loss and its unweighted terms.
        """
        return self._discriminator_loss(batch) if group == DISCRIMINATOR else self.network_loss(batch)

    def network_loss(self, batch: Any) -> Losses:
        """Loss of the network, including the weighted `adversarial_terms`; defined by subclasses.

        Args:
            batch: training batch (see the class docstring).

        Returns:
            The total loss and its terms.
        """
        raise TypeError(f"{type(self).__name__} does not define network_loss().")

    def regenerate(self, batch: Any) -> Float[Tensor, "made samples"]:
        """Generates waveforms for the discriminator loss, without gradients; defined by subclasses.

        It must not change the state of the network, such as codebooks.

        Args:
            batch: training batch (see the class docstring).

        Returns:
            Generated waveforms, like those passed to `adversarial_terms`.
        """
        raise TypeError(f"{type(self).__name__} does not define regenerate().")

    def adversarial_terms(
        self, wave: Float[Tensor, "batch samples"], made: Float[Tensor, "made samples"]
    ) -> dict[str, Tensor]:
        """Hinge loss and feature matching loss of generated waveforms; call exactly once per generator loss.

        Args:
            wave: the batch's real waveforms.
            made: generated waveforms, corresponding to the first real ones.

        Returns:
            Unweighted terms "adversarial" and "features"; empty until `discriminate_after` steps.
        """
        if self.discriminators is None:
            return {}
        self._last = (wave, made.detach())
        active = self._discriminators_active()
        self.steps += 1
        if not active:
            return {}
        made, real = self._random_crop(made, wave[: len(made)])
        with torch.no_grad():
            real_outputs = self.discriminators(real)
        made_outputs = self.discriminators(made)
        return {"adversarial": generator_loss(made_outputs), "features": feature_loss(made_outputs, real_outputs)}

    def _discriminator_loss(self, batch: Any) -> Losses:
        assert self.discriminators is not None, "The discriminator loss needs add_discriminators() first."
        if not self._discriminators_active():
            zero = torch.stack([parameter.sum() for parameter in self.discriminators.parameters()]).sum() * 0
            return Losses(zero, {})
        made = self._last_generated(batch)
        made, real = self._random_crop(made, batch["wave"][: len(made)])
        loss = discriminator_loss(self.discriminators(made), self.discriminators(real))
        return Losses(loss, {"hinge": loss.detach()})

    def _discriminators_active(self) -> bool:
        return int(self.steps) >= self._discriminate_after

    @torch.no_grad()
    def _last_generated(self, batch: Any) -> Float[Tensor, "made samples"]:
        """Waveforms that the generator produced for this batch in its last step; regenerated if there are none."""
        if self._last is not None and self._last[0] is batch["wave"]:
            return self._last[1]
        return self.regenerate(batch)

    def _random_crop(self, made: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Crops both at the same random position, from torch's global generator."""
        length = self._judged_samples
        if length is None or length >= made.shape[1]:
            return made, real
        start = int(torch.randint(made.shape[1] - length + 1, ()))
        return made[:, start : start + length], real[:, start : start + length]
