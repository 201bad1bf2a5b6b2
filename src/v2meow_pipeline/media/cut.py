"""Cutting a segment of a video into a new file."""

from pathlib import Path

import ffmpeg

from v2meow_pipeline.media.ffmpeg import file_url, local_input, run
from v2meow_pipeline.media.probe import probe


def cut_video(source: Path, start_s: float, end_s: float, target: Path) -> None:
    """Writes a segment of a video with its audio to an MP4 file, frame-accurately; re-encodes to H.264 and AAC.

    Raises the MediaErrors of `probe` and `ffmpeg.run`.

    Args:
        source: local video file.
        start_s: start of the segment, seconds since the first frame.
        end_s: end of the segment, seconds since the first frame.
        target: output MP4 file; any file name.
    """
    info = probe(source)
    demuxer = info.container.partition(",")[0]
    # ffmpeg times are relative to the start of the file, which is that of its earliest stream.
    segment = local_input(source, demuxer, ss=max(0.0, start_s), t=end_s - start_s)
    streams = [segment["v:0"], *([segment["a:0"]] if info.has_audio else [])]
    coded = {"c:v": "libx264", "preset": "veryfast", "crf": 18, "pix_fmt": "yuv420p", "c:a": "aac", "b:a": "160k"}
    run(ffmpeg.output(*streams, file_url(target), **coded, format="mp4", threads=1))
