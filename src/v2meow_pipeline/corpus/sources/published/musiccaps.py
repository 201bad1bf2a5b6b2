"""MusicCaps: ten-second sections of 5,521 YouTube videos with captions by musicians (Agostinelli et al. 2023)."""

from pathlib import Path

from v2meow_pipeline.corpus.sources.published.config import MusicCapsConfig
from v2meow_pipeline.corpus.sources.published.genres import genre_of_labels
from v2meow_pipeline.corpus.sources.published.index_file import IndexFile, Row
from v2meow_pipeline.corpus.sources.published.item import YOUTUBE_ID, Item
from v2meow_pipeline.corpus.split import TEST, assign_splits
from v2meow_pipeline.source_video import Split

COLUMNS = ("ytid", "start_s", "end_s", "audioset_positive_labels", "caption", "is_audioset_eval")
TRUTH = {"true": True, "false": False}


def read_musiccaps(config: MusicCapsConfig) -> list[Item]:
    """Reads the videos of `musiccaps-public.csv`.

    Args:
        config: corpus configuration.

    Returns:
        Items in the order of the file.

    Raises:
        ConfigError: if the file is malformed, with file and line.
    """
    index = IndexFile(Path(config.index).expanduser())
    read = [_item(index, row, config) for row in index.rows(COLUMNS)]
    training = {item.id: item.id for item, is_test in read if not (is_test or config.splits == "test")}
    splits: dict[str, Split] = assign_splits(training, 0.0, config.val_share, config.seed)
    return [item._replace(split=splits.get(item.id, TEST)) for item, _ in read]


def _item(index: IndexFile, row: Row, config: MusicCapsConfig) -> tuple[Item, bool]:
    cells = row.cells
    if not YOUTUBE_ID.fullmatch(cells["ytid"]):
        index.refuse(row.line, f"{cells['ytid']!r} is not a YouTube id")
    if not cells["caption"]:
        index.refuse(row.line, "there is no caption")
    is_test = TRUTH.get(cells["is_audioset_eval"].lower())
    if is_test is None:
        index.refuse(row.line, f"is_audioset_eval is {cells['is_audioset_eval']!r}, neither True nor False")
    start_s, end_s = index.section(row.line, cells["start_s"], cells["end_s"])
    genre = genre_of_labels(label.strip() for label in cells["audioset_positive_labels"].split(","))
    item_id = index.first_time(row.line, cells["ytid"])
    url = config.watch_url.format(id=item_id)
    return Item(item_id, url, start_s, end_s, genre=genre, caption=cells["caption"]), is_test
