"""Where the codes that w2v-BERT predicts come from: a projection that is never trained, or a codebook that is learned.

`RandomProjection` is BEST-RQ's (Chiu et al. 2022, section 3.1): a random projection of the input to a random codebook.
Its codes cannot collapse, whatever the network does, so it suits short trainings on small corpora. Added here: the mean
of each example is taken off, or else codes would name a clip's timbre; what is projected are whitened principal
components, or else loudness alone would choose the code; and since w2v-BERT has a contrastive task, which BEST-RQ has
not, each code has a vector, which that task trains.

`GumbelQuantizer` is the paper's, which has it from wav2vec 2.0 (Baevski et al. 2020, section 2): codes are chosen by a
layer that is trained through a Gumbel softmax, and the contrastive task trains their vectors. One codebook, since
masked prediction needs one index a frame.

Shapes: `batch` examples, `t` frames, `t_mel` spectra, `band` mel bands, `input` the bands of a frame's spectra side by
side, `component` principal components of them, `width` of a frame, `code_width` of a code's vector, `code` codes.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.tokenizers.w2v_bert.config import SUBSAMPLING, W2vBertConfig

LEAST_VARIANCE = 1e-4


class Targets(NamedTuple):
    """`codes` of each frame, the `vectors` that they stand for, and `diversity`: what is lost by codes that are hardly
    used, 0 to 1 (0 where nothing can be done about it)."""

    vectors: Float[Tensor, "batch t code_width"]
    codes: Int[Tensor, "batch t"]
    diversity: Float[Tensor, ""]


class RandomProjection(nn.Module):
    """Which of many random directions is nearest to a random projection of each frame's spectra; it is not trained."""

    mean: Tensor
    whiten: Tensor
    projection: Tensor
    directions: Tensor

    def __init__(self, config: W2vBertConfig) -> None:
        """Random projection, directions and vectors; nothing is whitened before `measure`.

        Args:
            config: bands, components, codes and widths.
        """
        super().__init__()
        width, components = SUBSAMPLING * config.bands, config.target_components
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("whiten", torch.eye(width, components))
        self.register_buffer("projection", torch.randn(components, config.target_width) / components**0.5)
        self.register_buffer("directions", F.normalize(torch.randn(config.codes, config.target_width), dim=-1))
        self.codebook = nn.Parameter(self.spread_over(config.code_width))

    def spread_over(self, width: int) -> Float[Tensor, "code width"]:
        """Random vectors of the codes of which those of near directions are near: what a table of codes starts as.

        Args:
            width: of the vectors, whose values have a variance of one.

        Returns:
            A row a code.
        """
        return self.directions @ torch.randn(self.directions.shape[1], width)

    @torch.no_grad()
    def measure(self, spectra: Float[Tensor, "batch t_mel band"]) -> None:
        """Takes mean and principal components from examples.

        Args:
            spectra: of `LogMelInput`, as many as there are at hand.
        """
        rows = _beside_each_other(spectra).flatten(0, 1)
        self.mean.copy_(rows.mean(dim=0))
        variances, axes = torch.linalg.eigh(torch.cov(rows.T))
        kept = self.whiten.shape[1]
        variances = variances.clamp(min=LEAST_VARIANCE * float(variances[-1]))
        self.whiten.copy_(axes[:, -kept:] / variances[-kept:].sqrt())

    def forward(self, spectra: Float[Tensor, "batch t_mel band"]) -> Targets:
        """Codes of the frames, four spectra each."""
        with torch.autocast(spectra.device.type, enabled=False), torch.no_grad():
            components = (_beside_each_other(spectra.float()) - self.mean) @ self.whiten
            codes = (components @ self.projection @ self.directions.T).argmax(dim=-1)
        return Targets(F.embedding(codes, self.codebook), codes, codes.new_zeros((), dtype=torch.float32))


class GumbelQuantizer(nn.Module):
    """A learned choice among learned vectors: sampled in training, the likeliest otherwise."""

    steps: Tensor

    def __init__(self, config: W2vBertConfig) -> None:
        """Random weights: logits of unit weights, so that choices are clear from the first step on.

        Args:
            config: width, codes and their width, temperatures.
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
        """Of the Gumbel softmax: it falls by `gumbel_decay` a step, down to `gumbel_end`."""
        return max(self._start * self._decay ** int(self.steps), self._end)

    def forward(self, frames: Float[Tensor, "batch t width"]) -> Targets:
        """Codes of the frames of `W2vBert.frames`, whose encoder learns from them too; counts a step in training."""
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
    """How much of the codebook is left unused, 0 to 1 (wav2vec 2.0, equation 4, as a share of effective codes).

    Args:
        logits: of the choice of each frame's code, without noise.

    Returns:
        One minus the effective number of codes, the exponential of the entropy of mean choices, over all codes.
    """
    mean = logits.softmax(dim=-1).mean(dim=(0, 1))
    entropy = -(mean * mean.clamp(min=1e-9).log()).sum()
    return 1 - entropy.exp() / len(mean)


def _beside_each_other(spectra: Float[Tensor, "batch t_mel band"]) -> Float[Tensor, "batch t input"]:
    """The spectra of each frame as one vector, each example without its mean."""
    batch, t_mel, bands = spectra.shape
    t = t_mel // SUBSAMPLING
    rows = spectra[:, : t * SUBSAMPLING].reshape(batch, t, SUBSAMPLING * bands)
    return rows - rows.mean(dim=1, keepdim=True)
