"""Configuration of w2v-BERT."""

from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError

SUBSAMPLING = 4  # spectra per frame


class W2vBertConfig(Config):
    """Configuration of w2v-BERT; the defaults are small enough for a CPU, `XL` has the paper's sizes.

    Attributes:
        bands: mel bands of the input (paper: 80).
        floor: minimum magnitude of a band, relative to a full-scale sine.
        channels: channels of the two subsampling convolutions.
        width: width of the Conformer blocks.
        heads: attention heads.
        feed_forward: inner width of the feed-forward modules.
        kernel: kernel size of the convolution module in frames, odd (paper: 5).
        contrastive_layers: Conformer blocks of the contrastive module.
        masked_layers: Conformer blocks of the masked-prediction module.
        position_buckets: number of relative position buckets, even.
        position_max_s: distance in seconds beyond which all positions share a bucket.
        dropout: dropout probability.
        targets: source of the target codes (see `targets`): "random_projection" of the input (BEST-RQ), which is not
            trained and cannot collapse, or the paper's learned codebook, "gumbel", which needs long training.
        codes: size of the target codebook (paper: 1,024; BEST-RQ: 8,192).
        code_width: width of a code vector, and of the space of the contrastive task (paper: 1,024).
        target_components: principal components of a frame's spectra that are projected, for random_projection.
        target_width: width of the projection (BEST-RQ: 16).
        gumbel_start: initial temperature of the Gumbel softmax (wav2vec 2.0); this and the next two are for gumbel.
        gumbel_end: minimum temperature.
        gumbel_decay: factor of the temperature per step.
        mask_share: mean fraction of frames that are masked (paper: spans of ten frames start at 0.065 of all frames,
            which masks 0.49 of them).
        mask_s: length of a masked span in seconds (paper: ten frames, 0.4 s).
        mask_fill: replacement of masked frames: "noise" (paper), which the network has to learn to recognise, or
            "zeros".
        distractors: distractors per masked frame, from the same waveform (wav2vec 2.0: 100).
        temperature: temperature of the contrastive loss.
        diversity_weight: weight of the diversity loss, for gumbel (paper: 0.1).
        masked_weight: weight of the masked prediction loss, relative to the contrastive loss (paper: 1).
        crop_s: duration of a training example, in seconds.
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
            raise ConfigError(
                f"The width {self.width} is not divisible by {self.heads} heads.", "Set width to a multiple of heads."
            )
        if self.kernel % 2 == 0:
            raise ConfigError(f"The kernel size {self.kernel} is even.", "Set kernel to an odd number.")
        if not self.mask_s < self.crop_s:
            raise ConfigError(
                f"Masked spans of {self.mask_s} s are not shorter than the crops of {self.crop_s} s.",
                "Set mask_s below crop_s.",
            )
        if self.target_components > SUBSAMPLING * self.bands:
            raise ConfigError(
                f"target_components is {self.target_components}, but {SUBSAMPLING} spectra of {self.bands} bands have "
                f"only {SUBSAMPLING * self.bands} components.",
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
"""w2v-BERT XL, 0.6 billion parameters (Chung et al. 2021, section 3); AudioLM and MusicLM use its layer 7 of 12."""
