"""Configuration of the published corpora and of their download."""

from typing import Any, Literal

from pydantic import Field

from v2meow_pipeline.config import Config

WATCH_URL = "https://www.youtube.com/watch?v={id}"


class DownloadConfig(Config):
    """Rate limits, retries and size limits of downloads.

    Attributes:
        requests_per_minute: maximum request rate, also for the requests that yt-dlp makes for one video.
        attempts: maximum number of attempts per video and run, for failures that may be temporary.
        first_wait_s: wait after the first temporary failure, seconds; doubles with each further one. A Retry-After
            header of the server takes precedence.
        longest_wait_s: maximum wait, seconds; the run ends if a server asks for a longer one.
        stop_after: number of consecutive videos with temporary failures after which the run ends, since the network or
            the server is at fault.
        timeout_s: network timeout, seconds.
        max_gigabytes: maximum size of one file of a plain web server, GB.
        longest_s: maximum download time of one such file, seconds.
        max_height: maximum height of YouTube videos if there is a choice, pixels; the encoders use 256.
        yt_dlp: further options of `yt_dlp.YoutubeDL`, such as {cookiefile: cookies.txt}.
    """

    requests_per_minute: float = Field(20.0, gt=0)
    attempts: int = Field(4, ge=1)
    first_wait_s: float = Field(10.0, ge=0)
    longest_wait_s: float = Field(300.0, ge=0)
    stop_after: int = Field(5, ge=1)
    timeout_s: float = Field(60.0, gt=0)
    max_gigabytes: float = Field(4.0, gt=0)
    longest_s: float = Field(3600.0, gt=0)
    max_height: int = Field(360, ge=64)
    yt_dlp: dict[str, Any] = Field(default_factory=dict)


class PublishedConfig(Config):
    """Configuration shared by all corpora that are published as an index of videos.

    Attributes:
        index: path of the published index file, see docs/how-to/datasets.md.
        path: directory of the videos.
        licence: licence of the videos, for the manifest.
        download: download settings.
    """

    index: str
    path: str
    licence: str
    download: DownloadConfig = DownloadConfig.parse({})


class MusicCapsConfig(PublishedConfig):
    """Configuration of MusicCaps.

    Attributes:
        splits: "audioset" uses the evaluation part of AudioSet for testing and the rest for training; "test" (paper)
            uses all videos for testing.
        val_share: share of the training videos to use for validation, in [0, 1).
        seed: seeds the choice of validation videos.
        watch_url: URL template of a video, with {id}.
    """

    splits: Literal["audioset", "test"] = "audioset"
    val_share: float = Field(0.1, ge=0, lt=1)
    seed: int = 0
    watch_url: str = WATCH_URL


class Mv100kConfig(PublishedConfig):
    """Configuration of MV100K, music videos of YouTube-8M, or of any other list of YouTube ids.

    Attributes:
        test_share: share of test videos among those without a split in the index (paper: 80:20).
        val_share: share of validation videos among the remaining ones.
        seed: seeds the assignment to splits.
        watch_url: URL template of a video, with {id}.
        yt8m_url: base URL of the files that map YouTube-8M ids to YouTube ids.
    """

    test_share: float = Field(0.2, ge=0, lt=1)
    val_share: float = Field(0.1, ge=0, lt=1)
    seed: int = 0
    watch_url: str = WATCH_URL
    yt8m_url: str = "https://data.yt8m.org/2/j/i"


class AistppConfig(PublishedConfig):
    """Configuration of AIST++, dances of the AIST Dance Video Database.

    Attributes:
        index: list of names, or directory of the published `splits`.
        camera: camera, c01 to c09, used for names with "cAll"; c01 is the front view.
        segment_s: length of the segments that videos are cut into, seconds (paper: 10, 6 and 2); None for whole videos.
        base_url: base URL of the videos.
    """

    camera: str = Field("c01", pattern=r"^c0[1-9]$")
    segment_s: float | None = Field(None, gt=0)
    base_url: str = "https://aistdancedb.ongaaccel.jp/v1.0.0/video/10M"
