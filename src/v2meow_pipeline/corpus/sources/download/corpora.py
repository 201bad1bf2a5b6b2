"""Download of a published corpus with the appropriate downloader."""

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
    """Downloads the missing videos of a published corpus.

    Args:
        name: name of the corpus, a key of `PUBLISHED`.
        params: parameters of its configuration.
        limit: maximum number of videos, from the start of the index; None for all.
        retry_gone: whether to retry videos that were gone or private before.

    Returns:
        Directory of the videos, and the outcome.

    Raises:
        ConfigError: if the parameters or the index are invalid.
    """
    config = PUBLISHED[name].config.parse(params)
    items: Sequence[Item] = PUBLISHED[name].read(config)[:limit]
    folder = Path(config.path).expanduser()
    return folder, fetch_all(items, downloader_for(config), folder, config.download, retry_gone)


def downloader_for(config: PublishedConfig) -> Downloader:
    """Builds the downloader of a corpus.

    Args:
        config: configuration of the corpus.

    Returns:
        Downloader for its items.
    """
    limits = config.download
    http = Http(limits.timeout_s, round(limits.max_gigabytes * 1e9), limits.longest_s)
    if isinstance(config, AistppConfig):
        return http
    videos = YouTube(config.download)
    return Yt8m(http, videos, config.watch_url) if isinstance(config, Mv100kConfig) else videos
