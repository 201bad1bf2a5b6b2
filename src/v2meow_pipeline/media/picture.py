"""One decoded frame as the square picture that an encoder wants."""

from fractions import Fraction
from typing import Literal, NamedTuple

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.pyav import PYAV_ERRORS

# Beyond this ratio of sides, scaling the whole frame to crop its middle costs more than cropping first.
LONG_SIDES = 6


class FrameSpec(NamedTuple):
    """The pictures that one encoder wants.

    Attributes:
        fps: pictures a second.
        size_px: side of the square picture, pixels.
        gray: luma only, instead of RGB.
        fit: "crop" keeps the middle square of the frame, "stretch" squeezes the whole frame into the square.
    """

    fps: float
    size_px: int
    gray: bool = False
    fit: Literal["crop", "stretch"] = "crop"

    @property
    def image_shape(self) -> tuple[int, ...]:
        """[size, size] or [size, size, 3]."""
        return (self.size_px, self.size_px) if self.gray else (self.size_px, self.size_px, 3)


class Renderer:
    """Turns frames of one video into pictures of one spec; keeps the scaler, which is slow to set up."""

    def __init__(self, spec: FrameSpec, sample_aspect: Fraction | None) -> None:
        """Nothing is computed yet.

        Args:
            spec: the pictures wanted.
            sample_aspect: width of a stored pixel by its height; None or 0 where unknown, taken as 1.
        """
        self._spec = spec
        self._aspect = float(sample_aspect or 1)
        self._scaler = VideoReformatter()
        self._format = "gray" if spec.gray else "rgb24"

    def render(self, frame: VideoFrame) -> np.ndarray:
        """The picture of a frame, as a viewer sees it: pixel aspect and rotation applied.

        Args:
            frame: as decoded.

        Returns:
            uint8 [size, size] or [size, size, 3], RGB.

        Raises:
            MediaError: reason "undecodable", for a pixel format that cannot be converted.
        """
        size = self._spec.size_px
        try:
            image = self._scale(frame, size, size) if self._spec.fit == "stretch" else self._middle(frame)
        except PYAV_ERRORS as error:
            problem = f"A frame in pixel format {frame.format.name} cannot be converted."
            raise MediaError("undecodable", problem, "Convert the video to H.264, yuv420p.") from error
        return np.rot90(image, round(frame.rotation / 90) % 4)

    def _middle(self, frame: VideoFrame) -> np.ndarray:
        size = self._spec.size_px
        shown_width, shown_height = frame.width * self._aspect, float(frame.height)
        side = min(shown_width, shown_height)
        if max(shown_width, shown_height) > LONG_SIDES * side:
            return self._cut_first(frame, side)
        width = max(size, round(shown_width * size / side))
        height = max(size, round(shown_height * size / side))
        left, top = (width - size) // 2, (height - size) // 2
        return self._scale(frame, width, height)[top : top + size, left : left + size]

    def _cut_first(self, frame: VideoFrame, side: float) -> np.ndarray:
        whole = self._scale(frame, frame.width, frame.height)
        width, height = max(1, round(side / self._aspect)), max(1, round(side))
        left, top = (frame.width - width) // 2, (frame.height - height) // 2
        square = whole[top : top + height, left : left + width]
        return cv2.resize(square, (self._spec.size_px, self._spec.size_px), interpolation=cv2.INTER_LINEAR)

    def _scale(self, frame: VideoFrame, width: int, height: int) -> np.ndarray:
        smaller = width <= frame.width and height <= frame.height
        how = Interpolation.AREA if smaller else Interpolation.BILINEAR
        scaled = self._scaler.reformat(frame, width, height, self._format, interpolation=how)
        return scaled.to_ndarray()
