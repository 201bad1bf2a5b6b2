"""Registry of the published corpora."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from v2meow_pipeline.corpus.sources.published.aistpp import read_aistpp
from v2meow_pipeline.corpus.sources.published.available import videos_here
from v2meow_pipeline.corpus.sources.published.config import (
    AistppConfig,
    MusicCapsConfig,
    Mv100kConfig,
    PublishedConfig,
)
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.musiccaps import read_musiccaps
from v2meow_pipeline.corpus.sources.published.mv100k import read_mv100k
from v2meow_pipeline.corpus.sources.published.segments import cut_segments
from v2meow_pipeline.source_video import SourceVideo

Kind = TypeVar("Kind", bound=PublishedConfig)


class Published(NamedTuple, Generic[Kind]):
    """Published corpus.

    Attributes:
        config: configuration class.
        read: function that reads the items of its index.
    """

    config: type[Kind]
    read: Callable[[Kind], list[Item]]


PUBLISHED: Mapping[str, Published[Any]] = {
    "mv100k": Published(Mv100kConfig, read_mv100k),
    "musiccaps": Published(MusicCapsConfig, read_musiccaps),
    "aistpp": Published(AistppConfig, read_aistpp),
}


def collect_published(name: str, params: dict[str, Any], folder: Path) -> list[SourceVideo]:
    """Collects the downloaded videos of a published corpus, and the reasons for missing ones.

    Args:
        name: name of the corpus, a key of `PUBLISHED`.
        params: parameters of its configuration.
        folder: output directory of segments, if videos are cut.

    Returns:
        One record per video or segment, in the order of the index.

    Raises:
        ConfigError: if the parameters or the index are invalid, or no video has been downloaded.
    """
    corpus = PUBLISHED[name]
    config = corpus.config.parse(params)
    videos = videos_here(name, corpus.read(config), Path(config.path).expanduser(), config.licence)
    if isinstance(config, AistppConfig) and config.segment_s is not None:
        return cut_segments(videos, config.segment_s, folder / name / f"{config.segment_s:g}s")
    return videos
