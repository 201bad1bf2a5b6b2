"""Which downloader serves which corpus."""

import sys

import pytest

from v2meow_pipeline.corpus.sources.download.corpora import downloader_for
from v2meow_pipeline.corpus.sources.download.http import Http
from v2meow_pipeline.corpus.sources.published.config import AistppConfig, MusicCapsConfig, Mv100kConfig
from v2meow_pipeline.errors import V2MeowError

PLACES = {"index": "index", "path": "videos", "licence": "?"}


@pytest.mark.parametrize("config", [MusicCapsConfig, Mv100kConfig])
def test_without_yt_dlp_it_says_what_to_install(
    config: type[MusicCapsConfig | Mv100kConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches "No module named yt_dlp" on a plain installation, which has none."""
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    with pytest.raises(V2MeowError, match=r"pip install .*\[download\]"):
        downloader_for(config.parse(dict(PLACES)))


def test_plain_files_need_no_yt_dlp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches AIST++ that cannot be downloaded for want of what only YouTube needs."""
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    assert isinstance(downloader_for(AistppConfig.parse(dict(PLACES))), Http)
