"""What the learned codec on log-mel frames is made of, and how it is trained."""

from pydantic import Field

from v2meow_pipeline.config import Config


class MelRvqConfig(Config):
    """Sizes and losses; the defaults train in minutes on one processor.

    Attributes:
        bands: mel bands.
        floor: magnitude added before the logarithm (a full-scale sine is 1); what is quieter is not coded.
        width: of encoder and decoder.
        expansion: width inside a block over the width outside.
        kernel: frames that a block sees, odd.
        encoder_blocks: ConvNeXt blocks at the rate of the log-mel frames, and as many at that of the tokens.
        decoder_blocks: likewise.
        code_width: of the vectors that are quantized.
        dropout: share of training examples that are rebuilt from a random number of levels.
        decay: share of the codebooks' moving averages that a step keeps.
        restart_below: a code with fewer vectors a batch than this, on average, starts anew.
        squared_weight: of the squared error, beside the absolute one.
        commitment_weight: of the distance between vectors and their codes.
        crop_frames: log-mel frames of a training example.
        griffin_lim_steps: of decoding without a vocoder.
        momentum: of these steps.
    """

    bands: int = Field(default=128, ge=8)
    floor: float = Field(default=1e-5, gt=0, lt=0.1)
    width: int = Field(default=256, ge=8)
    expansion: int = Field(default=2, ge=1)
    kernel: int = Field(default=5, ge=1)
    encoder_blocks: int = Field(default=1, ge=0)
    decoder_blocks: int = Field(default=2, ge=0)
    code_width: int = Field(default=64, ge=1)
    dropout: float = Field(default=0.5, ge=0, le=1)
    decay: float = Field(default=0.98, gt=0, lt=1)
    restart_below: float = Field(default=0.05, ge=0)
    squared_weight: float = Field(default=0.3, ge=0)
    commitment_weight: float = Field(default=0.1, ge=0)
    crop_frames: int = Field(default=100, ge=8)
    griffin_lim_steps: int = Field(default=60, ge=1)
    momentum: float = Field(default=0.99, ge=0, le=1.2)
