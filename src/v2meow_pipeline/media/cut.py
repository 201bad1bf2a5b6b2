"""A stretch of a video as a file of its own."""

from pathlib import Path

import ffmpeg

from v2meow_pipeline.media.ffmpeg import file_url, local_input, run
from v2meow_pipeline.media.probe import probe


def cut_video(source: Path, start_s: float, end_s: float, target: Path) -> None:
    """Writes a stretch of a video, picture and sound, to the frame; both are encoded anew (H.264, AAC).

    What cannot be used, or a failure of ffmpeg, is a MediaError, see `probe` and `ffmpeg.run`.

    Args:
        source: a local video.
        start_s: since its first frame, seconds.
        end_s: likewise.
        target: the MP4 to make, under any name.
    """
    info = probe(source)
    demuxer = info.container.partition(",")[0]
    # ffmpeg counts from the start of the file, which is that of its earliest stream.
    stretch = local_input(source, demuxer, ss=max(0.0, start_s), t=end_s - start_s)
    streams = [stretch["v:0"], *([stretch["a:0"]] if info.has_audio else [])]
    coded = {"c:v": "libx264", "preset": "veryfast", "crf": 18, "pix_fmt": "yuv420p", "c:a": "aac", "b:a": "160k"}
    run(ffmpeg.output(*streams, file_url(target), **coded, format="mp4", threads=1))
