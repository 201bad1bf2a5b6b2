"""How w2v-BERT is trained: a contrastive task and masked prediction, end to end (Chung et al. 2021, section 2).

Where the codes come from is configured (`targets`): the paper's learned codebook, or a random projection that needs no
training itself. Read `code_perplexity` before any accuracy, and each accuracy beside its chance.
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
    """The network, the targets and the heads of both tasks."""

    network: W2vBert

    def __init__(self, config: W2vBertConfig, clock: Clock) -> None:
        """Random weights.

        Args:
            config: sizes and losses.
            clock: rates.

        Raises:
            ConfigError: when the clock's rates do not fit, or a masked span is shorter than two frames.
        """
        super().__init__()
        self.config = config
        self._span = clock.semantic_frames(config.mask_s)
        if self._span < 2:
            raise ConfigError(
                f"Spans of {config.mask_s} s are shorter than two frames of {clock.semantic_hz} Hz.", "Raise mask_s."
            )
        self.network = W2vBert(config, clock)
        self.targets = GumbelQuantizer(config) if config.targets == "gumbel" else RandomProjection(config)
        self.to_code = nn.Linear(config.width, config.code_width)
        self.to_logits = nn.Linear(config.width, config.codes)
        if isinstance(self.targets, RandomProjection):
            self.to_logits.weight.data = self.targets.spread_over(config.width) / config.width**0.5

    def prepare(self, examples: Examples) -> None:
        """Measures mean and spread of each mel band on the first training batches, and what the targets need.

        Args:
            examples: batches of {"wave": [batch, samples]}.
        """
        with torch.no_grad():
            spectra = [self.network.input.log_mel(examples.train(step)["wave"]) for step in range(MEASURED_BATCHES)]
        every = torch.cat(spectra).flatten(0, 1)
        self.network.input.mean.copy_(every.mean(dim=0))
        self.network.input.spread.copy_(every.std(dim=0).clamp(min=LEAST_SPREAD))
        if isinstance(self.targets, RandomProjection):
            self.targets.measure((torch.cat(spectra) - self.network.input.mean) / self.network.input.spread)

    def loss(self, batch: Mapping[str, Tensor], group: str = NETWORK) -> Losses:
        """The sum of both tasks and, where the codebook is learned, of what its diversity lacks.

        Args:
            batch: {"wave": [batch, samples]}, in [-1, 1] at the clock's rate.
            group: there is one.

        Returns:
            The loss in nats, and its parts.
        """
        figures = self._figures(batch["wave"], None)
        total = figures.pop("loss")
        return Losses(total, {name: value.detach() for name, value in figures.items()})

    def judge(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The same figures with the same frames hidden each time.

        Args:
            batch: as in training.

        Returns:
            `loss`, `contrastive_loss`, `masked_loss`, `diversity_loss`; `contrastive_accuracy` and `masked_accuracy`,
            each with its `_chance` (see `losses.Solved`); `code_perplexity` of the batch.
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
        found = contrastive_task(self.to_code(context), vectors, codes, mask, distractors, config.temperature)
        known = masked_task(self.to_logits(predicted), codes, mask)
        return {
            "loss": found.loss + config.masked_weight * known.loss + config.diversity_weight * diversity,
            "contrastive_loss": found.loss,
            "masked_loss": known.loss,
            "diversity_loss": diversity,
            "contrastive_accuracy": found.accuracy,
            "contrastive_chance": found.chance,
            "masked_accuracy": known.accuracy,
            "masked_chance": known.chance,
            "code_perplexity": code_perplexity(codes, config.codes),
        }

    def _targets(self, spectra: Float[Tensor, "batch t_mel band"], frames: Float[Tensor, "batch t width"]) -> Targets:
        return self.targets(frames if isinstance(self.targets, GumbelQuantizer) else spectra)
