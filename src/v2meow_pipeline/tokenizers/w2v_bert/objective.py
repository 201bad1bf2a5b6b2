"""Training objective of w2v-BERT: contrastive loss and masked prediction, end to end (Chung et al. 2021, section 2).

The target codes are configurable (`targets`): the paper's learned codebook, or a fixed random projection. Accuracies
are meaningful only if `code_perplexity` is high, and must be compared with their chance level.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.objective import NETWORK, Examples, Losses, Objective
from v2meow_pipeline.tokenizers.w2v_bert.config import W2vBertConfig
from v2meow_pipeline.tokenizers.w2v_bert.losses import code_perplexity, contrastive_task, masked_task
from v2meow_pipeline.tokenizers.w2v_bert.masking import draw_distractors, span_mask
from v2meow_pipeline.tokenizers.w2v_bert.network import W2vBert, masked_frames
from v2meow_pipeline.tokenizers.w2v_bert.targets import GumbelQuantizer, RandomProjection, Targets

MEASURED_BATCHES = 8
LEAST_SPREAD = 1e-3
JUDGE_SEED = 0


class W2vBertObjective(Objective):
    """w2v-BERT with its target quantizer and the heads of both pretext tasks."""

    network: W2vBert

    def __init__(self, config: W2vBertConfig, clock: Clock) -> None:
        """Builds network and heads with random weights.

        Args:
            config: sizes and loss weights.
            clock: sample rate and semantic token rate.

        Raises:
            ConfigError: if the clock's rates are not supported, or a masked span is shorter than two frames.
        """
        super().__init__()
        self.config = config
        self._span = clock.semantic_frames(config.mask_s)
        if self._span < 2:
            raise ConfigError(
                f"Masked spans of {config.mask_s} s are shorter than two frames at {clock.semantic_hz} Hz.",
                "Raise mask_s.",
            )
        self.network = W2vBert(config, clock)
        self.targets = GumbelQuantizer(config) if config.targets == "gumbel" else RandomProjection(config)
        self.to_code = nn.Linear(config.width, config.code_width)
        self.to_logits = nn.Linear(config.width, config.codes)
        if isinstance(self.targets, RandomProjection):
            self.to_logits.weight.data = self.targets.spread_over(config.width) / config.width**0.5

    def prepare(self, examples: Examples) -> None:
        """Computes statistics of mel bands and principal components of the targets from the first training batches.

        Args:
            examples: batches of {"wave": [batch, samples]}.
        """
        with torch.no_grad():
            spectra = [self.network.input.log_mel(examples.train(step)["wave"]) for step in range(MEASURED_BATCHES)]
        rows = torch.cat(spectra).flatten(0, 1)
        self.network.input.mean.copy_(rows.mean(dim=0))
        self.network.input.spread.copy_(rows.std(dim=0).clamp(min=LEAST_SPREAD))
        if isinstance(self.targets, RandomProjection):
            self.targets.measure((torch.cat(spectra) - self.network.input.mean) / self.network.input.spread)

    def loss(self, batch: Mapping[str, Tensor], group: str = NETWORK) -> Losses:
        """Weighted sum of contrastive, masked prediction and (for a learned codebook) diversity losses.

        Args:
            batch: {"wave": [batch, samples]}, in [-1, 1] at the clock's sample rate.
            group: ignored; there is a single group.

        Returns:
            The loss in nats, and its terms.
        """
        figures = self._figures(batch["wave"], None)
        total = figures.pop("loss")
        return Losses(total, {name: value.detach() for name, value in figures.items()})

    def judge(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Computes the metrics of a validation batch, with fixed masks.

        Args:
            batch: {"wave": [batch, samples]}, as in training.

        Returns:
            `loss`, `contrastive_loss`, `masked_loss`, `diversity_loss`; `contrastive_accuracy`, `masked_accuracy` and
            their chance levels `contrastive_chance`, `masked_chance`; `code_perplexity` of the batch.
        """
        return self._figures(batch["wave"], torch.Generator().manual_seed(JUDGE_SEED))

    def _figures(self, wave: Float[Tensor, "batch samples"], generator: torch.Generator | None) -> dict[str, Tensor]:
        config = self.config
        spectra = self.network.input(wave)
        frames = self.network.subsampling(spectra)
        mask = span_mask(frames.shape[0], frames.shape[1], config.mask_share, self._span, generator)
        distractors = draw_distractors(mask, config.distractors, generator).to(frames.device)
        mask = mask.to(frames.device)
        context, predicted = self.network.context(masked_frames(frames, mask, config.mask_fill, generator))
        vectors, codes, diversity = self._targets(spectra, frames)
        contrastive = contrastive_task(self.to_code(context), vectors, codes, mask, distractors, config.temperature)
        masked = masked_task(self.to_logits(predicted), codes, mask)
        return {
            "loss": contrastive.loss + config.masked_weight * masked.loss + config.diversity_weight * diversity,
            "contrastive_loss": contrastive.loss,
            "masked_loss": masked.loss,
            "diversity_loss": diversity,
            "contrastive_accuracy": contrastive.accuracy,
            "contrastive_chance": contrastive.chance,
            "masked_accuracy": masked.accuracy,
            "masked_chance": masked.chance,
            "code_perplexity": code_perplexity(codes, config.codes),
        }

    def _targets(self, spectra: Float[Tensor, "batch t_mel band"], frames: Float[Tensor, "batch t width"]) -> Targets:
        return self.targets(frames if isinstance(self.targets, GumbelQuantizer) else spectra)
