"""A server of videos, and a real video to serve."""

from collections.abc import Iterator

import pytest
from tests.support.corpus_videos import make_video, tone
from tests.support.video_server import VideoServer, serving_videos

from v2meow_pipeline.corpus.sources.published.config import DownloadConfig


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[VideoServer]:
    """A server on the loopback, which is asked directly."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving_videos() as state:
        yield state


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Six seconds of picture and sound."""
    return make_video(tmp_path_factory.mktemp("served") / "video.mp4", 6.0, tone(6.0)).read_bytes()


@pytest.fixture
def hurried() -> DownloadConfig:
    """Limits that a test can wait for."""
    return DownloadConfig.parse(
        {"requests_per_minute": 60_000, "attempts": 3, "first_wait_s": 0.01, "longest_wait_s": 5, "timeout_s": 20}
    )
