"""Conversion of decoded video frames to square images for visual encoders."""

from fractions import Fraction
from typing import Literal, NamedTuple

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.pyav import PYAV_ERRORS

# Above this aspect ratio, cropping before scaling is cheaper than scaling before cropping.
LONG_SIDES = 6


class FrameSpec(NamedTuple):
    """Input format of one visual encoder.

    Attributes:
        fps: sampling rate, images per second.
        size_px: side of the square image, pixels.
        gray: whether images are luma only, instead of RGB.
        fit: "crop" takes the center square of the frame, "stretch" resizes the whole frame to a square.
    """

    fps: float
    size_px: int
    gray: bool = False
    fit: Literal["crop", "stretch"] = "crop"

    @property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one image: [size, size] or [size, size, 3]."""
        return (self.size_px, self.size_px) if self.gray else (self.size_px, self.size_px, 3)


class Renderer:
    """Converts frames of one video to images of one specification; reuses the scaler, which is slow to create."""

    def __init__(self, spec: FrameSpec, sample_aspect: Fraction | None) -> None:
        """Creates the scaler.

        Args:
            spec: image format.
            sample_aspect: pixel aspect ratio (width / height); None or 0 (unknown) counts as 1.
        """
        self._spec = spec
        self._aspect = float(sample_aspect or 1)
        self._scaler = VideoReformatter()
        self._format = "gray" if spec.gray else "rgb24"

    def render(self, frame: VideoFrame) -> np.ndarray:
        """Converts a frame as displayed, with pixel aspect ratio and rotation applied.

        Args:
            frame: decoded frame.

        Returns:
            uint8 [size, size] or [size, size, 3], RGB.

        Raises:
            MediaError: reason "undecodable", if the pixel format cannot be converted.
        """
        size = self._spec.size_px
        try:
            image = self._scale(frame, size, size) if self._spec.fit == "stretch" else self._center_square(frame)
        except PYAV_ERRORS as error:
            problem = f"A frame in pixel format {frame.format.name} cannot be converted."
            raise MediaError("undecodable", problem, "Convert the video to H.264, yuv420p.") from error
        return np.rot90(image, round(frame.rotation / 90) % 4)

    def _center_square(self, frame: VideoFrame) -> np.ndarray:
        size = self._spec.size_px
        shown_width, shown_height = frame.width * self._aspect, float(frame.height)
        side = min(shown_width, shown_height)
        if max(shown_width, shown_height) > LONG_SIDES * side:
            return self._crop_then_scale(frame, side)
        width = max(size, round(shown_width * size / side))
        height = max(size, round(shown_height * size / side))
        left, top = (width - size) // 2, (height - size) // 2
        return self._scale(frame, width, height)[top : top + size, left : left + size]

    def _crop_then_scale(self, frame: VideoFrame, side: float) -> np.ndarray:
        whole = self._scale(frame, frame.width, frame.height)
        width, height = max(1, round(side / self._aspect)), max(1, round(side))
        left, top = (frame.width - width) // 2, (frame.height - height) // 2
        square = whole[top : top + height, left : left + width]
        return cv2.resize(square, (self._spec.size_px, self._spec.size_px), interpolation=cv2.INTER_LINEAR)

    def _scale(self, frame: VideoFrame, width: int, height: int) -> np.ndarray:
        smaller = width <= frame.width and height <= frame.height
        interpolation = Interpolation.AREA if smaller else Interpolation.BILINEAR
        scaled = self._scaler.reformat(frame, width, height, self._format, interpolation=interpolation)
        return scaled.to_ndarray()
