"""Configuration of the mel_rvq codec."""

from pydantic import Field

from v2meow_pipeline.config import Config


class MelRvqConfig(Config):
    """Sizes and loss weights; the defaults train in minutes on one CPU core.

    Attributes:
        bands: number of mel bands.
        floor: magnitude added before the logarithm, relative to a full-scale sine; quieter sound is not coded.
        width: width of encoder and decoder.
        expansion: ratio of the inner to the outer width of a ConvNeXt block.
        kernel: kernel size of a ConvNeXt block in frames, odd.
        encoder_blocks: ConvNeXt blocks of the encoder at the log-mel frame rate, and again at the token rate.
        decoder_blocks: ConvNeXt blocks of the decoder at the token rate, and again at the log-mel frame rate.
        code_width: width of the quantized vectors.
        dropout: fraction of training examples with quantizer dropout.
        decay: decay of the codebooks' moving averages.
        restart_below: a code with fewer assigned vectors per batch than this, on average, is replaced.
        squared_weight: weight of the squared error, relative to the absolute error.
        commitment_weight: weight of the commitment loss.
        crop_frames: log-mel frames per training example.
        griffin_lim_steps: Griffin-Lim iterations when decoding without a vocoder.
        momentum: momentum of fast Griffin-Lim.
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
