"""Configuration of I3D on optical flow: network, flow images and pretext task."""

from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError


class I3dConfig(Config):
    """Configuration of the I3D network.

    Attributes:
        width: width multiplier of all layers; 1 is the original network, with 1,024 features.
    """

    width: float = Field(default=1.0, gt=0, le=4)

    def channels(self, original: int) -> int:
        """Number of channels of a layer that has `original` channels in the original network."""
        return max(1, round(self.width * original))


class FlowConfig(Config):
    """Configuration of the optical flow images.

    Attributes:
        picture_px: side of the square frames for which flow is computed.
        cropped_px: side of the centre crop of the flow.
        size_px: side of the flow images, downsampled from the crop by averaging.
        fit: "crop" takes the centre square of a frame, "stretch" resizes the whole frame to a square.
    """

    picture_px: int = Field(default=112, gt=0)
    cropped_px: int = Field(default=112, gt=0)
    size_px: int = Field(default=32, gt=0)
    fit: Literal["crop", "stretch"] = "stretch"

    @model_validator(mode="after")
    def _sizes_fit(self) -> "FlowConfig":
        if not self.size_px <= self.cropped_px <= self.picture_px:
            raise ConfigError(
                f"size_px {self.size_px}, cropped_px {self.cropped_px}, picture_px {self.picture_px}: not ascending.",
                "Set size_px <= cropped_px <= picture_px.",
            )
        return self


class SynchronyConfig(Config):
    """Configuration of the pretext tasks: audio-visual synchrony and relative speed.

    Attributes:
        window_s: duration of a window in seconds; a training step uses two windows per clip.
        speed_weight: weight of the relative speed loss, relative to the synchrony loss.
        stretch: maximum factor by which the speed of a window (audio and video) is changed.
        mels: mel bands of the audio spectra.
        hidden: channels of the audio tower.
        embedding: width of the joint space, which is used in training only.
    """

    window_s: int = Field(default=5, gt=1)
    speed_weight: float = Field(default=0.3, ge=0)
    stretch: float = Field(default=1.5, gt=1, le=2)
    mels: int = Field(default=40, gt=0)
    hidden: int = Field(default=96, gt=0)
    embedding: int = Field(default=64, gt=0)


class I3dFlowConfig(Config):
    """Configuration of I3D on optical flow; the defaults train in minutes on one CPU core.

    Attributes:
        network: configuration of the network.
        flow: configuration of the flow images.
        synchrony: configuration of the pretext tasks.
    """

    network: I3dConfig = I3dConfig(width=0.25)
    flow: FlowConfig = FlowConfig()
    synchrony: SynchronyConfig = SynchronyConfig()


# Configuration of the published weights: flow between frames with a short side of 256 px, centre crops of 224 px
# (Carreira & Zisserman 2017, section 2.5 and release notes).
PUBLISHED = I3dFlowConfig(network=I3dConfig(), flow=FlowConfig(picture_px=256, cropped_px=224, size_px=224, fit="crop"))
