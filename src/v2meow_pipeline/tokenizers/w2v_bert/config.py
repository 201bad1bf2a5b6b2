"""Sizes and losses of w2v-BERT."""

from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError

SUBSAMPLING = 4  # spectra to a frame


class W2vBertConfig(Config):
    """How w2v-BERT is built and trained; the defaults are small enough for a CPU, `XL` is the paper's.

    Attributes:
        bands: mel bands of the input (paper: 80).
        floor: magnitude below which a band counts as silent (a full-scale sine is 1).
        channels: of the two subsampling convolutions.
        width: of the conformer blocks.
        heads: of their attention.
        feed_forward: inner width of their feed-forward halves.
        kernel: frames that their convolution sees, odd (paper: 5).
        contrastive_layers: blocks of the contrastive module.
        masked_layers: blocks of the masked-prediction module.
        position_buckets: buckets of relative position, even.
        position_max_s: seconds beyond which all positions share a bucket.
        dropout: share of units dropped in training.
        targets: what is predicted, see `targets`: "random_projection" of the input (BEST-RQ), which is not trained and
            cannot collapse, or the paper's "gumbel", a codebook that is learned, which takes a long training.
        codes: of the codebook whose indices are predicted (paper: 1,024; BEST-RQ: 8,192).
        code_width: of a code, and of the space in which the contrastive task is solved (paper: 1,024).
        target_components: principal components of a frame's spectra that are projected, for random_projection.
        target_width: what they are projected to (BEST-RQ: 16).
        gumbel_start: temperature at which codes are chosen at first, for gumbel; likewise the next two (wav2vec 2.0).
        gumbel_end: the lowest.
        gumbel_decay: share of it that a step keeps.
        mask_share: of the frames that are masked, on average (paper: spans of ten frames start at 0.065 of all
            frames, which masks 0.49 of them).
        mask_s: length of a masked span, seconds (paper: ten frames, 0.4 s).
        mask_fill: what takes the place of masked frames: "noise" (paper), which a network has to learn to tell from
            frames, or "zeros".
        distractors: of each masked frame, from the same wave (wav2vec 2.0: 100).
        temperature: of the contrastive task.
        diversity_weight: of the codebook's diversity in the loss (paper: 0.1), for gumbel.
        masked_weight: of masked prediction; the contrastive task has 1 (paper: 1).
        crop_s: seconds of a training example.
    """

    bands: int = Field(default=80, ge=8, multiple_of=4)
    floor: float = Field(default=1e-5, gt=0, lt=0.1)
    channels: int = Field(default=16, ge=1)
    width: int = Field(default=128, ge=8)
    heads: int = Field(default=4, ge=1)
    feed_forward: int = Field(default=512, ge=8)
    kernel: int = Field(default=5, ge=1)
    contrastive_layers: int = Field(default=1, ge=1)
    masked_layers: int = Field(default=3, ge=1)
    position_buckets: int = Field(default=32, ge=8, multiple_of=2)
    position_max_s: float = Field(default=5.0, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: Literal["random_projection", "gumbel"] = "random_projection"
    codes: int = Field(default=256, ge=2)
    code_width: int = Field(default=64, ge=2)
    target_components: int = Field(default=16, ge=2)
    target_width: int = Field(default=8, ge=2)
    gumbel_start: float = Field(default=2.0, gt=0)
    gumbel_end: float = Field(default=0.5, gt=0)
    gumbel_decay: float = Field(default=0.999995, gt=0, le=1)
    mask_share: float = Field(default=0.49, gt=0, lt=1)
    mask_s: float = Field(default=0.2, gt=0)
    mask_fill: Literal["zeros", "noise"] = "zeros"
    distractors: int = Field(default=100, ge=1)
    temperature: float = Field(default=0.1, gt=0)
    diversity_weight: float = Field(default=0.1, ge=0)
    masked_weight: float = Field(default=1.0, ge=0)
    crop_s: float = Field(default=4.0, gt=0)

    @model_validator(mode="after")
    def _sizes_fit(self) -> "W2vBertConfig":
        if self.width % self.heads:
            raise ConfigError(f"{self.heads} heads do not divide a width of {self.width}.", "Choose sizes that do.")
        if self.kernel % 2 == 0:
            raise ConfigError(f"A kernel of {self.kernel} frames has no middle.", "Choose an odd one.")
        if not self.mask_s < self.crop_s:
            raise ConfigError(f"Spans of {self.mask_s} s mask whole crops of {self.crop_s} s.", "Mask shorter spans.")
        if self.target_components > SUBSAMPLING * self.bands:
            raise ConfigError(
                f"{SUBSAMPLING} spectra of {self.bands} bands have no {self.target_components} components.",
                "Lower target_components.",
            )
        return self


XL = W2vBertConfig(
    channels=128,
    width=1024,
    heads=8,
    feed_forward=4096,
    contrastive_layers=12,
    masked_layers=12,
    dropout=0.1,
    targets="gumbel",
    codes=1024,
    code_width=1024,
    mask_s=0.4,
    mask_fill="noise",
    crop_s=10.0,
)
"""w2v-BERT XL, 0.6 billion parameters (Chung et al. 2021, section 3); AudioLM and MusicLM take layer 7 of the 12."""
