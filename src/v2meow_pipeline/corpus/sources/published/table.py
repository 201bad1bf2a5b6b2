"""The published corpora, by name."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from v2meow_pipeline.corpus.record import SourceVideo
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

Kind = TypeVar("Kind", bound=PublishedConfig)


class Published(NamedTuple, Generic[Kind]):
    """A published corpus.

    Attributes:
        config: class of its configuration.
        read: the videos of its index.
    """

    config: type[Kind]
    read: Callable[[Kind], list[Item]]


PUBLISHED: Mapping[str, Published[Any]] = {
    "mv100k": Published(Mv100kConfig, read_mv100k),
    "musiccaps": Published(MusicCapsConfig, read_musiccaps),
    "aistpp": Published(AistppConfig, read_aistpp),
}


def collect_published(name: str, params: dict[str, Any], folder: Path) -> list[SourceVideo]:
    """The videos of a published corpus that are here, and why others are not.

    Args:
        name: of the corpus, a key of `PUBLISHED`.
        params: its configuration.
        folder: where segments go, if videos are cut.

    Returns:
        A record a video or segment, in the order of the index.

    Raises:
        ConfigError: when the parameters or the index are not valid, or no video is here.
    """
    corpus = PUBLISHED[name]
    config = corpus.config.parse(params)
    videos = videos_here(name, corpus.read(config), Path(config.path).expanduser(), config.licence)
    if isinstance(config, AistppConfig) and config.segment_s is not None:
        return cut_segments(videos, config.segment_s, folder / name / f"{config.segment_s:g}s")
    return videos
