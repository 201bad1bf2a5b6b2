"""MV100K, the paper's training set: music videos of YouTube-8M (Abu-El-Haija et al. 2016).

The list was never published. This reads anybody's: YouTube-8M's own ids of four letters, or YouTube's, in three kinds
of file.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from v2meow_pipeline.corpus.record import SPLITS, Split
from v2meow_pipeline.corpus.sources.published.config import Mv100kConfig
from v2meow_pipeline.corpus.sources.published.genres import genre_named
from v2meow_pipeline.corpus.sources.published.index_file import IndexFile, Row
from v2meow_pipeline.corpus.sources.published.item import YOUTUBE_ID, Item
from v2meow_pipeline.corpus.split import assign_splits

ID_COLUMNS = ("youtube_id", "ytid", "id")
YT8M_ID = re.compile(r"[A-Za-z0-9_-]{4}")
# What YouTube-8M publishes for each of its labels: p("label",["abcd", ...]);
_OF_LABEL = re.compile(r'p\(\s*"[^"]*"\s*,\s*(\[.*\])\s*\)\s*;?', re.DOTALL)


def read_mv100k(config: Mv100kConfig) -> list[Item]:
    """The videos of a list.

    Args:
        config: the corpus. Its index is a CSV with a header (one of `ID_COLUMNS`; genre, caption, split, start_s, end_s
            where known), ids one a line, or what YouTube-8M publishes for a label. Ids of four letters are YouTube-8M's
            and are looked up when they are downloaded.

    Returns:
        In the order of the file.

    Raises:
        ConfigError: naming file and line of what is malformed.
    """
    index = IndexFile(Path(config.index).expanduser())
    items = [_item(index, row, config) for row in _rows(index)]
    undecided = {item.id: item.id for item in items if item.split is None}
    splits = assign_splits(undecided, config.test_share, config.val_share, config.seed)
    return [item._replace(split=item.split or splits[item.id]) for item in items]


def yt8m_address(config: Mv100kConfig, item_id: str) -> str:
    """Where YouTube-8M says which video one of its ids is: nXSc is in nX/nXSc.js."""
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
        index.refuse(row.line, f"{cells['id']!r} is neither an id of YouTube (11 letters) nor of YouTube-8M (4)")
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
        index.refuse(row.line, f"the split {named!r} is none of {', '.join(SPLITS)}")
    return None
