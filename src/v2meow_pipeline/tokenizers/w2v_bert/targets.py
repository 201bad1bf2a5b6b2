"""Target quantizers of w2v-BERT: a fixed random projection, or a learned codebook.

`RandomProjection` follows BEST-RQ (Chiu et al. 2022, section 3.1): a random projection of the input to a random
codebook. Its codes cannot collapse, so it suits short training on small corpora. It differs from BEST-RQ in three ways:
the mean of each example is subtracted, since codes would otherwise identify a clip's timbre; whitened principal
components are projected, since loudness would otherwise determine the code; and each code has a trainable vector for
w2v-BERT's contrastive task.

`GumbelQuantizer` is the paper's, from wav2vec 2.0 (Baevski et al. 2020, section 2): codes are chosen by a layer that is
trained through a Gumbel softmax, and the contrastive task trains their vectors. It has a single codebook, since masked
prediction needs one index per frame.

Shapes: `batch` examples, `t` frames, `t_mel` spectra, `band` mel bands, `input` concatenated bands of a frame's
spectra, `component` principal components, `width` width of a frame, `code_width` width of a code vector, `code` codes.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.tokenizers.w2v_bert.config import SUBSAMPLING, W2vBertConfig

LEAST_VARIANCE = 1e-4


class Targets(NamedTuple):
    """Quantized targets.

    Attributes:
        vectors: code vector of each frame.
        codes: code of each frame.
        diversity: diversity loss in [0, 1]; 0 for a fixed codebook.
    """

    vectors: Float[Tensor, "batch t code_width"]
    codes: Int[Tensor, "batch t"]
    diversity: Float[Tensor, ""]


class RandomProjection(nn.Module):
    """BEST-RQ quantizer: nearest random direction to a random projection of each frame's spectra; codes are fixed."""

    mean: Tensor
    whiten: Tensor
    projection: Tensor
    directions: Tensor

    def __init__(self, config: W2vBertConfig) -> None:
        """Samples projection, directions and vectors; `measure` must be called before use, to set the whitening.

        Args:
            config: configuration of the network.
        """
        super().__init__()
        width, components = SUBSAMPLING * config.bands, config.target_components
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("whiten", torch.eye(width, components))
        self.register_buffer("projection", torch.randn(components, config.target_width) / components**0.5)
        self.register_buffer("directions", F.normalize(torch.randn(config.codes, config.target_width), dim=-1))
        self.codebook = nn.Parameter(self.spread_over(config.code_width))

    def spread_over(self, width: int) -> Float[Tensor, "code width"]:
        """Samples initial code vectors such that codes with similar directions have similar vectors.

        Args:
            width: width of the vectors, whose values have unit variance.

        Returns:
            One row per code.
        """
        return self.directions @ torch.randn(self.directions.shape[1], width)

    @torch.no_grad()
    def measure(self, spectra: Float[Tensor, "batch t_mel band"]) -> None:
        """Computes mean and whitened principal components.

        Args:
            spectra: output of `LogMelInput` for a sample of the training examples.
        """
        rows = _stack_frames(spectra).flatten(0, 1)
        self.mean.copy_(rows.mean(dim=0))
        variances, axes = torch.linalg.eigh(torch.cov(rows.T))
        kept = self.whiten.shape[1]
        variances = variances.clamp(min=LEAST_VARIANCE * float(variances[-1]))
        self.whiten.copy_(axes[:, -kept:] / variances[-kept:].sqrt())

    def forward(self, spectra: Float[Tensor, "batch t_mel band"]) -> Targets:
        """Targets of frames of four spectra each."""
        with torch.autocast(spectra.device.type, enabled=False), torch.no_grad():
            components = (_stack_frames(spectra.float()) - self.mean) @ self.whiten
            codes = (components @ self.projection @ self.directions.T).argmax(dim=-1)
        return Targets(F.embedding(codes, self.codebook), codes, codes.new_zeros((), dtype=torch.float32))


class GumbelQuantizer(nn.Module):
    """Gumbel softmax quantizer with learned vectors: codes are sampled in training, and the most likely otherwise."""

    steps: Tensor

    def __init__(self, config: W2vBertConfig) -> None:
        """Builds the quantizer with random weights; logits have unit-variance weights, so that choices are distinct.

        Args:
            config: configuration of the network.
        """
        super().__init__()
        self._start, self._end, self._decay = config.gumbel_start, config.gumbel_end, config.gumbel_decay
        self.choose = nn.Linear(config.width, config.codes)
        nn.init.normal_(self.choose.weight)
        nn.init.zeros_(self.choose.bias)
        self.codebook = nn.Parameter(torch.rand(config.codes, config.code_width))
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    @property
    def temperature(self) -> float:
        """Temperature of the Gumbel softmax, multiplied by `gumbel_decay` per step, at least `gumbel_end`."""
        return max(self._start * self._decay ** int(self.steps), self._end)

    def forward(self, frames: Float[Tensor, "batch t width"]) -> Targets:
        """Targets of the output of `W2vBert.frames`, with gradients to its encoder; increments `steps` in training."""
        with torch.autocast(frames.device.type, enabled=False):
            logits = self.choose(frames.float())
            if self.training:
                chosen = F.gumbel_softmax(logits, self.temperature, hard=True)
                codes = chosen.argmax(dim=-1)
                vectors = chosen @ self.codebook
                self.steps += 1
            else:
                codes = logits.argmax(dim=-1)
                vectors = F.embedding(codes, self.codebook)
            return Targets(vectors, codes, diversity_loss(logits))


def diversity_loss(logits: Float[Tensor, "batch t code"]) -> Float[Tensor, ""]:
    """Diversity loss: the unused fraction of the codebook (wav2vec 2.0, equation 4, in terms of perplexity).

    Args:
        logits: logits of the codes of each frame, without Gumbel noise.

    Returns:
        1 - perplexity / number of codes, where the perplexity is that of the mean code distribution; in [0, 1].
    """
    mean = logits.softmax(dim=-1).mean(dim=(0, 1))
    entropy = -(mean * mean.clamp(min=1e-9).log()).sum()
    return 1 - entropy.exp() / len(mean)


def _stack_frames(spectra: Float[Tensor, "batch t_mel band"]) -> Float[Tensor, "batch t input"]:
    """Concatenates the spectra of each frame, and subtracts the mean of each example."""
    batch, t_mel, bands = spectra.shape
    t = t_mel // SUBSAMPLING
    rows = spectra[:, : t * SUBSAMPLING].reshape(batch, t, SUBSAMPLING * bands)
    return rows - rows.mean(dim=1, keepdim=True)
