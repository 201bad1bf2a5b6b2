"""Which downloader serves which published corpus."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from v2meow_pipeline.corpus.sources.download.downloader import Downloader
from v2meow_pipeline.corpus.sources.download.fetch_all import Outcome, fetch_all
from v2meow_pipeline.corpus.sources.download.http import Http
from v2meow_pipeline.corpus.sources.download.youtube import YouTube
from v2meow_pipeline.corpus.sources.download.yt8m import Yt8m
from v2meow_pipeline.corpus.sources.published.config import AistppConfig, Mv100kConfig, PublishedConfig
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.table import PUBLISHED


def download_corpus(
    name: str, params: dict[str, Any], limit: int | None = None, retry_gone: bool = False
) -> tuple[Path, Outcome]:
    """Fetches what is missing of a published corpus.

    Args:
        name: of the corpus, a key of `PUBLISHED`.
        params: its configuration.
        limit: only so many videos, the first of the index; None is all.
        retry_gone: also asks for those that were gone or private before.

    Returns:
        The folder of the videos, and what became of them.

    Raises:
        ConfigError: for parameters or an index that are not valid.
    """
    config = PUBLISHED[name].config.parse(params)
    items: Sequence[Item] = PUBLISHED[name].read(config)[:limit]
    folder = Path(config.path).expanduser()
    return folder, fetch_all(items, downloader_for(config), folder, config.download, retry_gone)


def downloader_for(config: PublishedConfig) -> Downloader:
    """What fetches the videos of a corpus.

    Args:
        config: of the corpus.

    Returns:
        A downloader.
    """
    limits = config.download
    http = Http(limits.timeout_s, round(limits.max_gigabytes * 1e9), limits.longest_s)
    if isinstance(config, AistppConfig):
        return http
    videos = YouTube(config.download)
    return Yt8m(http, videos, config.watch_url) if isinstance(config, Mv100kConfig) else videos
