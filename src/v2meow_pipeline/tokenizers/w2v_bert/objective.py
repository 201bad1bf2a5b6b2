"""How w2v-BERT is trained: a contrastive task and masked prediction, end to end (Chung et al. 2021, section 2).

The codebook follows the frames as a moving average (`networks.vector_quantizer`) where the paper learns it through a
Gumbel softmax: it holds units of sound from the first step on, which a short training needs. The contrastive task gives
its targets no gradient, since a few codes would make it easy; diversity is what trains the projection into the
codebook. Short trainings still end with few codes in use: read `code_perplexity` before any accuracy.
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.objective import NETWORK, Examples, Losses, Objective
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig, VectorQuantizer
from v2meow_pipeline.tokenizers.w2v_bert.config import W2vBertConfig
from v2meow_pipeline.tokenizers.w2v_bert.losses import code_perplexity, contrastive_task, diversity_loss, masked_task
from v2meow_pipeline.tokenizers.w2v_bert.masking import draw_distractors, span_mask
from v2meow_pipeline.tokenizers.w2v_bert.network import W2vBert, masked_frames

MEASURED_BATCHES = 8
LEAST_SPREAD = 1e-3
JUDGE_SEED = 0


class W2vBertObjective(Objective):
    """The network, its codebook and the heads of both tasks."""

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
        self.into_codebook = nn.Linear(config.width, config.code_width)
        codebook = QuantizerConfig(codes=config.codes, normalised=True, decay=config.code_decay)
        self.quantizer = VectorQuantizer(config.code_width, codebook)
        self.to_code = nn.Linear(config.width, config.code_width)
        self.to_logits = nn.Linear(config.width, config.codes)

    def prepare(self, examples: Examples) -> None:
        """Measures mean and spread of each mel band on the first training batches.

        Args:
            examples: batches of {"wave": [batch, samples]}.
        """
        with torch.no_grad():
            spectra = [self.network.input.log_mel(examples.train(step)["wave"]) for step in range(MEASURED_BATCHES)]
        every = torch.cat(spectra).flatten(0, 1)
        self.network.input.mean.copy_(every.mean(dim=0))
        self.network.input.spread.copy_(every.std(dim=0).clamp(min=LEAST_SPREAD))

    def loss(self, batch: Mapping[str, Tensor], player: str = NETWORK) -> Losses:
        """The sum of both tasks and the codebook's diversity.

        Args:
            batch: {"wave": [batch, samples]}, in [-1, 1] at the clock's rate.
            player: there is one.

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
            `loss`, `contrastive_loss`, `masked_loss`, `diversity_loss`, `contrastive_accuracy` (a
            guess is right in one of `distractors` + 1), `masked_accuracy` and `code_perplexity` of the batch.
        """
        return self._figures(batch["wave"], torch.Generator().manual_seed(JUDGE_SEED))

    def _figures(self, wave: Float[Tensor, "batch samples"], generator: torch.Generator | None) -> dict[str, Tensor]:
        config = self.config
        frames = self.network.frames(wave)
        mask = span_mask(frames.shape[0], frames.shape[1], config.mask_share, self._span, generator)
        distractors = draw_distractors(mask, config.distractors, generator).to(frames.device)
        mask = mask.to(frames.device)
        context, predicted = self.network.context(masked_frames(frames, mask, generator))
        vectors = F.normalize(self.into_codebook(frames), dim=-1)
        quantized = self.quantizer(vectors)
        found = contrastive_task(
            self.to_code(context), quantized.vectors.detach(), quantized.codes, mask, distractors, config.temperature
        )
        known = masked_task(self.to_logits(predicted), quantized.codes, mask)
        diversity = diversity_loss(vectors, self.quantizer.codebook, config.temperature)
        return {
            "loss": found.loss + config.masked_weight * known.loss + config.diversity_weight * diversity,
            "contrastive_loss": found.loss,
            "masked_loss": known.loss,
            "diversity_loss": diversity,
            "contrastive_accuracy": found.accuracy,
            "masked_accuracy": known.accuracy,
            "code_perplexity": code_perplexity(quantized.codes, config.codes),
        }
