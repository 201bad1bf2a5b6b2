"""What a vocoder is made of, and how it is trained."""

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.networks.discriminators import DiscriminatorsConfig


class AdversarialConfig(Config):
    """Adversarial training of a vocoder: its discriminators, the weights of their losses, and when they begin.

    Attributes:
        weight: of the hinge loss.
        features: weight of feature matching.
        discriminate_after: steps before the discriminators take part, and both losses with them.
        judged_s: length of the part of each generated wave that discriminators are shown, seconds, drawn anew each
            time: their share of a step's time grows with it.
        discriminators: which there are. They judge the examples that are made into sound.
    """

    weight: float = Field(default=1.0, ge=0)
    features: float = Field(default=10.0, ge=0)
    discriminate_after: int = Field(default=1000, ge=0)
    judged_s: float = Field(default=0.4, gt=0)
    discriminators: DiscriminatorsConfig = Field(default_factory=DiscriminatorsConfig)


class VocoderConfig(Config):
    """Sizes and losses of a vocoder; the defaults train in minutes on one processor.

    Attributes:
        bands: mel bands of the codec's frames: as many as the codec has.
        floor: magnitude that the codec adds before its logarithm.
        width: of the trunk.
        blocks: ConvNeXt blocks that find magnitudes.
        correction_blocks: ConvNeXt blocks that turn phases and scale magnitudes once phases are found; 0 leaves the
            correction out.
        expansion: width inside a block over the width outside.
        kernel: frames that a block sees, odd.
        phase_steps: Griffin-Lim steps between magnitudes and correction; decoding time grows with them.
        momentum: of these steps.
        crop_frames: frames of a training example.
        wave_examples: how many examples of a training batch are made into sound: the costly part of a step. All
            others teach magnitudes alone.
        mel_weight: of the multi-scale mel loss of their sound.
        stft_weight: of the multi-resolution STFT loss of their sound.
        adversarial: adversarial training beside these losses; None has no discriminators.
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
    # Left out of fingerprints where it is None, which is how vocoders were trained before it was a choice.
    adversarial: AdversarialConfig | None = Field(default=None, exclude_if=lambda config: config is None)

    @model_validator(mode="after")
    def _kernel_is_odd(self) -> "VocoderConfig":
        if self.kernel % 2 == 0:
            raise ConfigError(f"A kernel of {self.kernel} frames has no middle.", "Take an odd kernel.")
        return self

    def check_frames(self, bands: int, floor: float) -> None:
        """Refuses frames of another codec.

        Args:
            bands: mel bands of the codec.
            floor: that the codec adds before its logarithm.

        Raises:
            StaleError: when they are not those of this vocoder.
        """
        if (bands, floor) != (self.bands, self.floor):
            raise StaleError(
                f"The vocoder decodes {self.bands} bands above {self.floor}, the codec has {bands} above {floor}.",
                "Train a vocoder with the bands and the floor of the codec.",
            )
