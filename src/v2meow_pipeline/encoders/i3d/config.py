"""Settings of the I3D on optical flow: the network, the pictures that it sees, and the pretext task."""

from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError


class I3dConfig(Config):
    """The network.

    Attributes:
        width: channels of every layer as a share of the original's; 1 is the original, with features of 1,024 numbers.
    """

    width: float = Field(default=1.0, gt=0, le=4)

    def channels(self, original: int) -> int:
        """How many channels a layer has, from how many the original has."""
        return max(1, round(self.width * original))


class FlowConfig(Config):
    """How movement becomes pictures of flow.

    Attributes:
        picture_px: side of the square pictures between which flow is measured.
        cropped_px: side of the middle square that is kept of them.
        size_px: side of the pictures of flow, averaged from the cropped ones.
        fit: "crop" takes the middle square of a frame, "stretch" squeezes the whole frame into the square.
    """

    picture_px: int = Field(default=112, gt=0)
    cropped_px: int = Field(default=112, gt=0)
    size_px: int = Field(default=32, gt=0)
    fit: Literal["crop", "stretch"] = "stretch"

    @model_validator(mode="after")
    def _sizes_fit(self) -> "FlowConfig":
        if not self.size_px <= self.cropped_px <= self.picture_px:
            raise ConfigError(
                f"Flow of {self.size_px} px cannot be cut at {self.cropped_px} px from {self.picture_px} px.",
                "Let size_px be at most cropped_px, and that at most picture_px.",
            )
        return self


class SynchronyConfig(Config):
    """The pretext tasks: which sound belongs to this second of movement, and which of two windows plays faster.

    Attributes:
        window_s: seconds of a window, of which a training step sees two a clip.
        speed_weight: of the error of relative speed beside synchrony in nats.
        stretch: a window is played up to this much faster or slower, sound and movement together.
        mels: bands of the log-mel spectra.
        hidden: channels of the sound tower.
        embedding: width of the joint space, which is dropped when training is over.
    """

    window_s: int = Field(default=5, gt=1)
    speed_weight: float = Field(default=0.3, ge=0)
    stretch: float = Field(default=1.5, gt=1, le=2)
    mels: int = Field(default=40, gt=0)
    hidden: int = Field(default=96, gt=0)
    embedding: int = Field(default=64, gt=0)


class I3dFlowConfig(Config):
    """All of it; the defaults train on one CPU core in minutes.

    Attributes:
        network: sizes.
        flow: pictures.
        synchrony: the pretext task.
    """

    network: I3dConfig = I3dConfig(width=0.25)
    flow: FlowConfig = FlowConfig()
    synchrony: SynchronyConfig = SynchronyConfig()


# What the published weights were trained on: flow between pictures with a short side of 256 px, the middle 224 px of
# them (Carreira & Zisserman 2017, section 2.5 and the notes of its release).
PUBLISHED = I3dFlowConfig(network=I3dConfig(), flow=FlowConfig(picture_px=256, cropped_px=224, size_px=224, fit="crop"))
