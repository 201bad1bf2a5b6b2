"""Videos that are hard to read: unusual ones that get music, and those that end with a sentence."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import av
from PIL import Image

from v2meow_pipeline.media.ffmpeg import find_ffmpeg

PICTURE, TONE = "testsrc2=s=320x240:r=25:d=2", "sine=f=440:d=2"
FAST = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]


def run_ffmpeg(*words: str | Path) -> None:
    """Runs ffmpeg."""
    subprocess.run([find_ffmpeg(), "-y", "-v", "error", *map(str, words)], check=True)


def picture(path: Path, *words: str, source: str = PICTURE) -> Path:
    """A file of a test picture."""
    run_ffmpeg("-f", "lavfi", "-i", source, *words, path)
    return path


def av1(folder: Path) -> Path:
    """AV1 in MP4."""
    return picture(folder / "a.mp4", "-c:v", "libsvtav1", "-preset", "12")


def hevc(folder: Path) -> Path:
    """HEVC in Matroska."""
    return picture(folder / "a.mkv", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")


def gif(folder: Path) -> Path:
    """An animated GIF."""
    return picture(folder / "a.gif")


def joined(folder: Path) -> Path:
    """Two recordings in one transport stream: the timestamps jump back."""
    shape = "s=320x240:r=25:d=2"
    parts = [picture(folder / f"{name}.ts", *FAST, source=f"{name}={shape}") for name in ("testsrc", "testsrc2")]
    path = folder / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def slideshow(folder: Path) -> Path:
    """One picture per two seconds."""
    return picture(folder / "a.mp4", *FAST, source="testsrc2=s=128x96:r=1/2:d=8")


def several_streams(folder: Path) -> Path:
    """Two sound tracks, the second marked as default, and subtitles."""
    (folder / "a.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nhello\n")
    sounds = ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo:d=2", "-f", "lavfi", "-i", TONE]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:s", "-c:a", "aac", "-c:s", "srt", "-t", "2"]
    default = ["-disposition:a:0", "0", "-disposition:a:1", "default"]
    return picture(folder / "a.mkv", *sounds, "-i", str(folder / "a.srt"), *maps, *FAST, *default)


def raw_stream(folder: Path) -> Path:
    """H.264 without a container."""
    return picture(folder / "a.h264", *FAST)


def still(folder: Path) -> Path:
    """A picture."""
    return picture(folder / "a.png", "-frames:v", "1")


def animated_webp(folder: Path) -> Path:
    """An animated WebP, which ffmpeg cannot decode."""
    first, second = (Image.new("RGB", (64, 48), (shade, 0, 0)) for shade in (0, 200))
    first.save(folder / "a.webp", save_all=True, append_images=[second] * 9, duration=100)
    return folder / "a.webp"


def jump(folder: Path) -> Path:
    """A clock that jumps by a day."""
    good = picture(folder / "good.mkv", *FAST, source="testsrc2=s=128x96:r=25:d=8")
    run_ffmpeg("-i", good, "-c", "copy", "-bsf:v", r"setts=ts=if(gt(N\,130)\,TS+86400*1000\,TS)", folder / "jump.mkv")
    return folder / "jump.mkv"


def huge_frames(folder: Path) -> Path:
    """Frames of 400 MB in a small file."""
    path = folder / "huge.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=12)
        stream.width, stream.height, stream.pix_fmt = 8192, 8192, "rgb48be"
        frame = av.VideoFrame(8192, 8192, "rgb48be")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        for index in range(2):
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def repeated_bytes(folder: Path) -> Path:
    """FLV with a part of its bytes twice."""
    path = folder / "a.flv"
    picture(path, "-f", "lavfi", "-i", TONE, "-c:v", "flv", "-c:a", "libmp3lame", "-ar", "44100")
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[: middle + 5000] + data[middle:])
    return path


# Makers of videos, with their duration in seconds.
UNUSUAL: tuple[tuple[Callable[[Path], Path], float], ...] = (
    (av1, 2),
    (hevc, 2),
    (gif, 2),
    (joined, 4),
    (jump, 8),
    (slideshow, 8),
    (several_streams, 2),
)
# Makers of files without a video that can be used; some may be read as far as they go.
UNUSABLE: tuple[Callable[[Path], Path], ...] = (still, animated_webp, huge_frames, raw_stream, repeated_bytes)
MAY_BE_READ = (raw_stream, repeated_bytes)
