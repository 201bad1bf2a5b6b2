"""Files that are hard to read, through the REST API: each ends with a soundtrack or with a sentence."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
import requests
from tests.support.media_makers import make_constant
from tests.web.conftest import running, submit, wait_for
from tests.web.test_api import JOBS, check_error, ended, post

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.media.ffmpeg import find_ffmpeg
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.errors import RequestError
from v2meow_pipeline.web.job_queue import JobQueue

PICTURE, TONE = "testsrc2=s=320x240:r=25:d=2", "sine=f=440:d=2"
FAST = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]


def ffmpeg(*words: str | Path) -> None:
    """Runs ffmpeg."""
    subprocess.run([find_ffmpeg(), "-y", "-v", "error", *map(str, words)], check=True)


def picture(path: Path, *words: str, source: str = PICTURE) -> Path:
    """A file of a test picture."""
    ffmpeg("-f", "lavfi", "-i", source, *words, path)
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


def jump(folder: Path) -> Path:
    """A clock that jumps by a day."""
    good = picture(folder / "good.mkv", *FAST, source="testsrc2=s=128x96:r=25:d=8")
    ffmpeg("-i", good, "-c", "copy", "-bsf:v", r"setts=ts=if(gt(N\,130)\,TS+86400*1000\,TS)", folder / "jump.mkv")
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "seconds", "settings"),
    [
        (av1, 2, {}),
        (hevc, 2, {}),
        (gif, 2, {}),
        (joined, 4, {}),
        (slideshow, 8, {}),
        (several_streams, 2, {"keep_original": -6}),
    ],
)
def test_unusual_videos_get_music(
    server: str, queue: JobQueue, tmp_path: Path, make: Callable[[Path], Path], seconds: float, settings: dict[str, Any]
) -> None:
    """Catches a video that the command line takes and the server does not, or a result that browsers do not play."""
    job = ended(server, post(server, make(tmp_path), **settings).json()["id"])
    assert job["status"] == "done", job["error"]
    made = probe(queue.result_file(job["id"], "take-1.mp4")[0])
    assert made.video_codec in ("h264", "av1") and made.has_audio
    assert made.duration_s == pytest.approx(seconds, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("make", [raw_stream, still, jump, huge_frames, repeated_bytes])
def test_damaged_and_wrong_files_end_with_a_sentence(
    server: str, queue: JobQueue, video: Path, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    """Catches a traceback, a path of the server, a worker that hangs, and files that stay."""
    path = make(tmp_path)
    job = ended(server, post(server, path).json()["id"])
    if job["status"] == "failed":
        assert path.name in job["error"] and "\n" not in job["error"] and "internal" not in job["error"]
        assert str(queue.config.folder) not in job["error"]
        assert not (queue.config.folder / "jobs" / job["id"]).exists()
    else:
        assert make in (raw_stream, repeated_bytes) and job["status"] == "done"
    assert ended(server, post(server, video).json()["id"])["status"] == "done"


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system of this size at a folder."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small tmpfs needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_an_upload_to_a_full_disk_is_refused(models: ModelSource, video: Path, tmp_path: Path) -> None:
    """Catches uploads that stay in part, and a server that answers with an internal error."""
    with small_disk(tmp_path / "disk", "512k"):
        queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "disk"))
        try:
            with running(queue) as server:
                (tmp_path / "large.mp4").write_bytes(video.read_bytes() + bytes(300_000))
                check_error(post(server, tmp_path / "large.mp4"), 507, "disk is full")
                (tmp_path / "long.mp3").write_bytes(bytes(500_000))
                with (tmp_path / "long.mp3").open("rb") as song, video.open("rb") as file:
                    files = {"video": file, "reference": song}
                    check_error(requests.post(server + JOBS, files=files, timeout=60), 507, "No space left")
                assert [path for part in ("jobs", "incoming") for path in (tmp_path / "disk" / part).iterdir()] == []
                fill = tmp_path / "disk/fill"
                with pytest.raises(OSError, match="No space"), fill.open("wb", buffering=0) as file:
                    while True:
                        file.write(bytes(4096))
                with pytest.raises(RequestError, match="full"):
                    submit(queue, video)
                fill.unlink()
                assert submit(queue, video).status == "queued"
        finally:
            queue.close()


@pytest.mark.slow
def test_a_job_on_a_full_disk_says_so(models: ModelSource, tmp_path: Path) -> None:
    """Catches a job that ends with an internal error, or stops its worker, when its results do not fit."""
    with small_disk(tmp_path / "disk", "800k"):
        queue = JobQueue({"small": models}, WebConfig(folder=tmp_path / "disk"))
        queue.start()
        try:
            long = make_constant(tmp_path / "long.mp4", Fraction(10), 10.0)
            bad = wait_for(queue, submit(queue, long), 300)
            assert bad.status == "failed" and "full" in (bad.error or ""), bad.error
            short = make_constant(tmp_path / "short.mp4", Fraction(10), 1.0)
            assert wait_for(queue, submit(queue, short), 300).status == "done"
        finally:
            queue.close()
