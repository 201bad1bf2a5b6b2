"""Configuration of the vocoder."""

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.networks.discriminators import DiscriminatorsConfig


class AdversarialConfig(Config):
    """Configuration of adversarial training.

    Attributes:
        weight: weight of the adversarial hinge loss.
        features: weight of the feature matching loss.
        discriminate_after: generator steps before the adversarial losses are used.
        judged_s: duration in seconds of the random crop that the discriminators receive; their cost grows with it.
        discriminators: configuration of the discriminators, which are applied to the `wave_examples`.
    """

    weight: float = Field(default=1.0, ge=0)
    features: float = Field(default=10.0, ge=0)
    discriminate_after: int = Field(default=1000, ge=0)
    judged_s: float = Field(default=0.4, gt=0)
    discriminators: DiscriminatorsConfig = Field(default_factory=DiscriminatorsConfig)


class VocoderConfig(Config):
    """Sizes and loss weights of a vocoder; the defaults train in minutes on one CPU core.

    Attributes:
        bands: mel bands of the codec.
        floor: magnitude that the codec adds before the logarithm.
        width: width of the trunk.
        blocks: ConvNeXt blocks of the trunk, which predicts magnitudes.
        correction_blocks: ConvNeXt blocks of the correction network, which rotates phases and scales magnitudes after
            Griffin-Lim; 0 disables the correction.
        expansion: ratio of the inner to the outer width of a ConvNeXt block.
        kernel: kernel size of a ConvNeXt block in frames, odd.
        phase_steps: Griffin-Lim iterations between trunk and correction; decoding time grows with them.
        momentum: momentum of fast Griffin-Lim.
        crop_frames: frames per training example.
        wave_examples: examples per training batch that are synthesised to waveforms, the expensive part of a step; the
            others contribute to the magnitude losses only.
        mel_weight: weight of the multi-scale mel loss of the waveforms.
        stft_weight: weight of the multi-resolution STFT loss of the waveforms.
        adversarial: adversarial training in addition to these losses; None trains without discriminators.
    """

    bands: int = Field(default=128, ge=8)
    floor: float = Field(default=1e-5, gt=0, lt=0.1)
    width: int = Field(default=256, ge=8)
    blocks: int = Field(default=6, ge=1)
    correction_blocks: int = Field(default=2, ge=0)
    expansion: int = Field(default=3, ge=1)
    kernel: int = Field(default=7, ge=1)
    phase_steps: int = Field(default=16, ge=1)
    momentum: float = Field(default=0.99, ge=0, le=1.2)
    crop_frames: int = Field(default=50, ge=16)
    wave_examples: int = Field(default=2, ge=1)
    mel_weight: float = Field(default=0.02, ge=0)
    stft_weight: float = Field(default=1.0, ge=0)
    # Excluded from fingerprints when None, so that vocoders older than this option keep their fingerprints.
    adversarial: AdversarialConfig | None = Field(default=None, exclude_if=lambda config: config is None)

    @model_validator(mode="after")
    def _kernel_is_odd(self) -> "VocoderConfig":
        if self.kernel % 2 == 0:
            raise ConfigError(f"The kernel size {self.kernel} is even.", "Set kernel to an odd number.")
        return self

    def check_frames(self, bands: int, floor: float) -> None:
        """Checks that the vocoder matches a codec.

        Args:
            bands: mel bands of the codec.
            floor: magnitude that the codec adds before the logarithm.

        Raises:
            StaleError: if they differ from those of the vocoder.
        """
        if (bands, floor) != (self.bands, self.floor):
            raise StaleError(
                f"The vocoder has {self.bands} bands and floor {self.floor}, but the codec has {bands} bands and floor "
                f"{floor}.",
                "Train a vocoder with the bands and the floor of the codec.",
            )
