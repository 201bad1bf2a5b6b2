"""MV100K, the paper's training set: music videos of YouTube-8M (Abu-El-Haija et al. 2016).

The paper's list was never published. This module reads any list of four-letter YouTube-8M ids or YouTube ids, in three
file formats.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from v2meow_pipeline.corpus.sources.published.config import Mv100kConfig
from v2meow_pipeline.corpus.sources.published.genres import genre_named
from v2meow_pipeline.corpus.sources.published.index_file import IndexFile, Row
from v2meow_pipeline.corpus.sources.published.item import YOUTUBE_ID, Item
from v2meow_pipeline.corpus.split import assign_splits
from v2meow_pipeline.source_video import SPLITS, Split

ID_COLUMNS = ("youtube_id", "ytid", "id")
YT8M_ID = re.compile(r"[A-Za-z0-9_-]{4}")
# Format of YouTube-8M's file of each label: p("label",["abcd", ...]);
_OF_LABEL = re.compile(r'p\(\s*"[^"]*"\s*,\s*(\[.*\])\s*\)\s*;?', re.DOTALL)


def read_mv100k(config: Mv100kConfig) -> list[Item]:
    """Reads the videos of a list.

    Args:
        config: corpus configuration. Its index is a CSV with a header (one of `ID_COLUMNS`; optionally genre, caption,
            split, start_s, end_s), a list with one id per line, or YouTube-8M's file of a label. Ids of four letters
            are YouTube-8M ids, which are resolved on download.

    Returns:
        Items in the order of the file.

    Raises:
        ConfigError: if the file is malformed, with file and line.
    """
    index = IndexFile(Path(config.index).expanduser())
    items = [_item(index, row, config) for row in _rows(index)]
    undecided = {item.id: item.id for item in items if item.split is None}
    splits = assign_splits(undecided, config.test_share, config.val_share, config.seed)
    return [item._replace(split=item.split or splits[item.id]) for item in items]


def yt8m_address(config: Mv100kConfig, item_id: str) -> str:
    """URL of the file that maps a YouTube-8M id to a YouTube id: nX/nXSc.js for nXSc."""
    return f"{config.yt8m_url.rstrip('/')}/{item_id[:2]}/{item_id}.js"


def _rows(index: IndexFile) -> Iterator[Row]:
    first_line, first = next(index.lines())
    column = next((name for name in ID_COLUMNS if name in (cell.strip() for cell in first.split(","))), None)
    if column is not None:
        for row in index.rows((column,)):
            yield row._replace(cells={**row.cells, "id": row.cells[column]})
    elif first.startswith("p("):
        for item_id in _ids_of_label(index, first_line):
            yield Row(first_line, {"id": item_id})
    else:
        yield from (Row(number, {"id": line}) for number, line in index.lines())


def _ids_of_label(index: IndexFile, line: int) -> list[str]:
    found = _OF_LABEL.fullmatch(index.text().strip())
    try:
        ids = json.loads(found[1]) if found else None
    except ValueError:
        ids = None
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        index.refuse(line, 'this is not p("label",["id", ...]);')
    return ids


def _item(index: IndexFile, row: Row, config: Mv100kConfig) -> Item:
    cells = row.cells
    if not (YOUTUBE_ID.fullmatch(cells["id"]) or YT8M_ID.fullmatch(cells["id"])):
        index.refuse(row.line, f"{cells['id']!r} is neither a YouTube id (11 characters) nor a YouTube-8M id (4)")
    start_s, end_s = index.section(row.line, cells.get("start_s", ""), cells.get("end_s", ""))
    item_id = index.first_time(row.line, cells["id"])
    is_youtube = YOUTUBE_ID.fullmatch(item_id)
    return Item(
        item_id,
        config.watch_url.format(id=item_id) if is_youtube else yt8m_address(config, item_id),
        start_s,
        end_s,
        split=_split(index, row),
        genre=genre_named(cells.get("genre", "")),
        caption=cells.get("caption") or None,
    )


def _split(index: IndexFile, row: Row) -> Split | None:
    named = row.cells.get("split", "")
    for split in SPLITS:
        if named == split:
            return split
    if named:
        index.refuse(row.line, f"the split {named!r} is not one of {', '.join(SPLITS)}")
    return None
