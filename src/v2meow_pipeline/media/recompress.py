"""Lossy video compression of frames in memory, to reproduce compression artifacts."""

import io
from collections.abc import Sequence

import av
import numpy as np
from jaxtyping import UInt8


def recompressed(frames: Sequence[UInt8[np.ndarray, "h w 3"]], fps: int, crf: int) -> list[UInt8[np.ndarray, "h w 3"]]:
    """Encodes frames as H.264 in memory, with the preset of the corpus videos, and decodes them.

    Visual encoders are sensitive to compression artifacts: their features of clean and compressed frames differ.

    Args:
        frames: RGB frames of equal, even size, at least one.
        fps: frame rate, Hz.
        crf: constant rate factor, 0 (lossless) to 51; x264's default is 23.

    Returns:
        Decoded RGB frames, as many as `frames`.
    """
    height, width = frames[0].shape[:2]
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as target:
        stream = target.add_stream("libx264", rate=fps, options={"preset": "veryfast", "crf": str(crf)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.thread_count = 1
        for frame in frames:
            target.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
        target.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as source:
        source.streams.video[0].thread_count = 1
        return [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
