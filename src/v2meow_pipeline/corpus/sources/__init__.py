"""Where videos come from: a table of sources, each of which finds or makes video files and says what it knows."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from v2meow_pipeline.corpus.record import SourceVideo
from v2meow_pipeline.errors import ConfigError

Collect: TypeAlias = Callable[[dict[str, Any], Path], list[SourceVideo]]


def collect(params: Mapping[str, Any], folder: Path) -> list[SourceVideo]:
    """The videos of one source.

    Args:
        params: `source`, a key of `SOURCES`, beside what the configuration of that source holds.
        folder: where a source that makes videos puts them; one that finds them leaves it alone.

    Returns:
        A record a video, in a stable order.

    Raises:
        ConfigError: for an unknown source, or parameters that it refuses.
    """
    own = dict(params)
    source = own.pop("source", None)
    if source not in SOURCES:
        known = ", ".join(sorted(SOURCES))
        raise ConfigError(f"There is no corpus source {source!r}.", f"Choose `source` from {known}.")
    return SOURCES[source](own, folder)


def _folder(params: dict[str, Any], _folder: Path) -> list[SourceVideo]:
    from v2meow_pipeline.corpus.sources.folder import FolderConfig
    from v2meow_pipeline.corpus.sources.folder import collect as collect_folder

    return collect_folder(FolderConfig.parse(params))


def _synthetic(params: dict[str, Any], folder: Path) -> list[SourceVideo]:
    from v2meow_pipeline.corpus.sources.synthetic import SyntheticConfig
    from v2meow_pipeline.corpus.sources.synthetic import collect as collect_synthetic

    return collect_synthetic(SyntheticConfig.parse(params), folder)


def _published(name: str) -> Collect:
    def collect_one(params: dict[str, Any], folder: Path) -> list[SourceVideo]:
        from v2meow_pipeline.corpus.sources.published.table import collect_published

        return collect_published(name, params, folder)

    return collect_one


SOURCES: Mapping[str, Collect] = {
    "folder": _folder,
    "synthetic": _synthetic,
    "mv100k": _published("mv100k"),
    "musiccaps": _published("musiccaps"),
    "aistpp": _published("aistpp"),
}
