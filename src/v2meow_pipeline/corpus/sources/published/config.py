"""What all published corpora are configured with."""

from typing import Any, Literal

from pydantic import Field

from v2meow_pipeline.config import Config

WATCH_URL = "https://www.youtube.com/watch?v={id}"


class DownloadConfig(Config):
    """How politely and how stubbornly videos are fetched.

    Attributes:
        requests_per_minute: at most; also between the requests that yt-dlp makes for one video.
        attempts: at one video in one run, as long as its failure may pass.
        first_wait_s: after the first failure that may pass; doubles with each further one. A server's Retry-After
            takes its place.
        longest_wait_s: no wait is longer; a server that asks for more ends the run.
        stop_after: videos in a row that failed in a way that may pass, after which the run ends: it is the network
            or the server, not the videos.
        timeout_s: without an answer, seconds.
        max_gigabytes: of one file of a plain web server.
        longest_s: that one such file may take, seconds.
        max_height: of YouTube's pictures, pixels, where there is a choice; the encoders look at 256.
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
    """A corpus that is published as an index.

    Attributes:
        index: the published file, see docs/how-to/datasets.md.
        path: folder of its videos.
        licence: of the videos, as the manifest has it.
        download: how they are fetched.
    """

    index: str
    path: str
    licence: str
    download: DownloadConfig = DownloadConfig.parse({})


class MusicCapsConfig(PublishedConfig):
    """MusicCaps.

    Attributes:
        splits: "audioset" tests on the evaluation part of AudioSet and trains on the rest; "test" (paper) tests on all.
        val_share: of what trains, in [0, 1), kept for validation.
        seed: another one deals other validation videos.
        watch_url: address of a video, with {id}.
    """

    splits: Literal["audioset", "test"] = "audioset"
    val_share: float = Field(0.1, ge=0, lt=1)
    seed: int = 0
    watch_url: str = WATCH_URL


class Mv100kConfig(PublishedConfig):
    """Music videos of YouTube-8M, or any other list of YouTube ids.

    Attributes:
        test_share: of the videos without a split of their own (paper: 80:20).
        val_share: of the others, kept for validation.
        seed: another one deals other splits.
        watch_url: address of a video, with {id}.
        yt8m_url: folder of YouTube-8M's files from its own ids to YouTube's.
    """

    test_share: float = Field(0.2, ge=0, lt=1)
    val_share: float = Field(0.1, ge=0, lt=1)
    seed: int = 0
    watch_url: str = WATCH_URL
    yt8m_url: str = "https://data.yt8m.org/2/j/i"


class AistppConfig(PublishedConfig):
    """AIST++: dances of the AIST Dance Video Database.

    Attributes:
        index: a list of names, or the folder of the published `splits`.
        camera: which of c01 to c09 stands for "cAll"; c01 looks at the dancers from the front.
        segment_s: cuts each video into segments of this length (paper: 10, 6 and 2); None leaves it whole.
        base_url: folder of the videos.
    """

    camera: str = Field("c01", pattern=r"^c0[1-9]$")
    segment_s: float | None = Field(None, gt=0)
    base_url: str = "https://aistdancedb.ongaaccel.jp/v1.0.0/video/10M"
