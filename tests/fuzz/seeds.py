"""One small file of each kind that people have: three seconds, a picture that moves, a tone."""

from pathlib import Path
from typing import NamedTuple

import ffmpeg

from v2meow_pipeline.media.ffmpeg import file_url, run

SECONDS = 3


class Seed(NamedTuple):
    """A kind of file: its `suffix`, and the options of ffmpeg that make it; `picture` says whether it has one."""

    suffix: str
    options: dict[str, str | int]
    picture: bool = True


H264: dict[str, str | int] = {"c:v": "libx264", "preset": "ultrafast", "pix_fmt": "yuv420p"}
SEEDS: dict[str, Seed] = {
    "mp4-h264": Seed("mp4", {**H264, "c:a": "aac"}),
    "mp4-fragmented": Seed("mp4", {**H264, "c:a": "aac", "movflags": "frag_keyframe+empty_moov"}),
    "mp4-hevc": Seed("mp4", {"c:v": "libx265", "preset": "ultrafast", "x265-params": "log-level=none", "c:a": "aac"}),
    "mp4-av1": Seed("mp4", {"c:v": "libsvtav1", "preset": 12, "c:a": "aac"}),
    "mkv": Seed("mkv", {**H264, "c:a": "flac"}),
    "webm": Seed("webm", {"c:v": "libvpx-vp9", "deadline": "realtime", "cpu-used": 8, "c:a": "libopus"}),
    "avi": Seed("avi", {"c:v": "mpeg4", "c:a": "mp3"}),
    "mov": Seed("mov", {"c:v": "mjpeg", "c:a": "pcm_s16le"}),
    "ts": Seed("ts", {**H264, "c:a": "aac"}),
    "flv": Seed("flv", {"c:v": "flv", "c:a": "mp3", "ar": 44100}),
    "ogv": Seed("ogv", {"c:v": "libtheora", "c:a": "libvorbis"}),
    "gif": Seed("gif", {}),
    "mpg": Seed("mpg", {"c:v": "mpeg2video", "c:a": "mp2"}),
    "3gp": Seed("3gp", {"c:v": "mpeg4", "c:a": "aac"}),
    "wav": Seed("wav", {}, picture=False),
    "flac": Seed("flac", {}, picture=False),
    "mp3": Seed("mp3", {}, picture=False),
    "ogg": Seed("ogg", {"c:a": "libvorbis"}, picture=False),
}


def make_seeds(folder: Path) -> dict[str, Path]:
    """The files of all kinds that this ffmpeg can write, by name."""
    made = {}
    for name, seed in SEEDS.items():
        path = folder / f"{name}.{seed.suffix}"
        heard = ffmpeg.input(f"sine=frequency=330:duration={SECONDS}", format="lavfi")
        seen = ffmpeg.input(f"testsrc2=size=176x144:rate=12:duration={SECONDS}", format="lavfi")
        streams = [heard] if not seed.picture else [seen] if seed.suffix == "gif" else [seen, heard]
        run(ffmpeg.output(*streams, file_url(path), **seed.options))
        made[name] = path
    return made
