"""Corpus sources: registry of the functions that find or generate source videos with their metadata."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.source_video import SourceVideo

Collect: TypeAlias = Callable[[dict[str, Any], Path], list[SourceVideo]]


def collect(params: Mapping[str, Any], folder: Path) -> list[SourceVideo]:
    """Collects the videos of one corpus source.

    Args:
        params: `source`, a key of `SOURCES`, and the parameters of that source.
        folder: output directory for sources that generate videos.

    Returns:
        One record per video, in a stable order.

    Raises:
        ConfigError: if the source is unknown or its parameters are invalid.
    """
    source_params = dict(params)
    source = source_params.pop("source", None)
    if source not in SOURCES:
        choices = ", ".join(sorted(SOURCES))
        raise ConfigError(f"There is no corpus source {source!r}.", f"Set `source` to one of {choices}.")
    return SOURCES[source](source_params, folder)


def _folder(params: dict[str, Any], _folder: Path) -> list[SourceVideo]:
    from v2meow_pipeline.corpus.sources.folder import FolderConfig
    from v2meow_pipeline.corpus.sources.folder import collect as collect_folder

    return collect_folder(FolderConfig.parse(params))


def _synthetic(params: dict[str, Any], folder: Path) -> list[SourceVideo]:
    from v2meow_pipeline.synthetic import SyntheticConfig
    from v2meow_pipeline.synthetic import collect as collect_synthetic

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
