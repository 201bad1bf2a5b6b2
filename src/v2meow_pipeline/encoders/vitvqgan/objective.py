"""Training objective of ViT-VQGAN: reconstruction losses and an optional adversarial loss.

Shapes: `batch` images, `size` pixels per side.
"""

from collections.abc import Iterable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.encoders.vitvqgan.discriminator import PatchDiscriminator, discriminator_hinge, generator_hinge
from v2meow_pipeline.encoders.vitvqgan.losses import gradient_distance, logit_laplace, psnr_db
from v2meow_pipeline.encoders.vitvqgan.network import Reconstruction, ViTVQGAN, to_picture, to_values
from v2meow_pipeline.networks.code_usage import code_perplexity
from v2meow_pipeline.networks.objective import NETWORK, Losses, Objective

DISCRIMINATOR = "discriminator"
IMAGES = "images"


class ViTVQGANObjective(Objective):
    """A ViT-VQGAN with its losses, and a discriminator if the adversarial loss has a positive weight.

    Batches are {"images": float32 [batch, 3, size, size], in [0, 1]}.
    """

    network: ViTVQGAN

    def __init__(self, config: ViTVQGANConfig) -> None:
        """Builds the networks with random weights.

        Args:
            config: configuration of network and losses.
        """
        super().__init__()
        self.network = ViTVQGAN(config)
        self.weights = config.losses
        self.log_scale = nn.Parameter(torch.zeros(3)) if config.losses.logit_laplace else None
        self.discriminator = (
            PatchDiscriminator(config.losses.discriminator_width) if config.losses.adversarial else None
        )

    def optimizer_groups(self) -> Mapping[str, Iterable[nn.Parameter]]:
        """Parameters of the network and the logit-Laplace scale, then of the discriminator if there is one."""
        own = [*self.network.parameters(), *([] if self.log_scale is None else [self.log_scale])]
        if self.discriminator is None:
            return {NETWORK: own}
        return {NETWORK: own, DISCRIMINATOR: list(self.discriminator.parameters())}

    def loss(self, batch: dict[str, Tensor], group: str) -> Losses:
        """Computes the weighted sum of the losses of a group.

        Args:
            batch: {"images": float32 [batch, 3, size, size]}.
            group: "network" or "discriminator".

        Returns:
            The total loss, and its unweighted terms.
        """
        images = batch[IMAGES]
        if group == DISCRIMINATOR and self.discriminator is not None:
            with torch.no_grad():
                made = self.network.decode(self.network.encode(images))
            total = discriminator_hinge(self.discriminator(images), self.discriminator(made))
            return Losses(total, {DISCRIMINATOR: total.detach()})
        result = self.network(images)
        terms = self._terms(result, images)
        if self.discriminator is not None:
            terms["adversarial"] = generator_hinge(self.discriminator(to_picture(result.logits)))
        return Losses(self._sum(terms), {name: term.detach() for name, term in terms.items()})

    def judge(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Computes validation metrics.

        Args:
            batch: {"images": float32 [batch, 3, size, size]}.

        Returns:
            `loss`, without the adversarial term; `psnr_db`, averaged over images; `perplexity` of the codes over the
            batch, at most its number of tokens.
        """
        images = batch[IMAGES]
        result = self.network(images)
        return {
            "loss": self._sum(self._terms(result, images)),
            "psnr_db": psnr_db(to_picture(result.logits), images).mean(),
            "perplexity": code_perplexity(result.tokens, self.network.config.quantizer.codes),
        }

    def _terms(self, result: Reconstruction, images: Float[Tensor, "batch 3 size size"]) -> dict[str, Tensor]:
        values = to_values(result.logits)
        terms = {
            "l1": (values - images).abs().mean(),
            "l2": (values - images).square().mean(),
            "gradient": gradient_distance(values, images),
            "commitment": result.commitment,
        }
        if self.log_scale is not None:
            terms["logit_laplace"] = logit_laplace(result.logits, self.log_scale, images)
        return terms

    def _sum(self, terms: dict[str, Tensor]) -> Float[Tensor, ""]:
        return torch.stack([getattr(self.weights, name) * term for name, term in terms.items()]).sum()
