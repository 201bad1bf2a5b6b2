"""The suffix chooses a container that can hold the video as it is."""

from pathlib import Path

import pytest

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.containers import target_for


@pytest.mark.parametrize(
    ("name", "codec", "muxer"),
    [("a.mp4", "h264", "mp4"), ("a.MP4", "hevc", "mp4"), ("a.webm", "vp8", "webm"), ("a.mkv", "anything", "matroska")],
)
def test_what_fits(name: str, codec: str, muxer: str) -> None:
    """Catches a suffix compared by case, or a codec refused by a container that holds all."""
    assert target_for(Path(name), codec).muxer == muxer


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "vp8"), ("a.webm", "h264"), ("a", "h264"), ("a.gif", "h264")])
def test_what_does_not_fit_is_told_what_would(name: str, codec: str) -> None:
    """Catches a file that no player opens, and an error without a way out."""
    with pytest.raises(MediaError, match=r"\.mkv") as caught:
        target_for(Path(name), codec)
    assert caught.value.reason == "suffix"
