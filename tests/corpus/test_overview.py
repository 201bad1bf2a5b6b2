"""What an ingestion tells."""

import pandas as pd

from v2meow_pipeline.corpus.overview import cautions, overview
from v2meow_pipeline.corpus.record import manifest_table, quarantine_table
from v2meow_pipeline.source_video import SPLITS


def clips(**counts: int) -> pd.DataFrame:
    """A manifest with so many clips in each split, two a video."""
    rows = [
        {"clip_id": f"{split}-{i}", "source_id": f"{split}-{i // 2}", "split": split.replace("_", "-")}
        for split, count in counts.items()
        for i in range(count)
    ]
    return pd.concat([manifest_table(), pd.DataFrame(rows)])


def test_what_is_there_is_counted() -> None:
    """Catches clips counted as videos."""
    assert overview(clips(train=20, val=2)) == "22 clips of 11 videos: 20 train, 2 val."


def test_what_was_left_out_and_small_splits_are_told() -> None:
    """Twelve videos give a test split of one clip, on which no score means anything; nobody reads a table unasked."""
    bad = {"path": "/v/a.mp4", "source_id": "a", "reason": "no_audio", "detail": "It has no sound.", "remedy": "-"}
    told = cautions(clips(train=20, val=1), quarantine_table([bad, bad | {"path": "/v/b.mp4"}]), SPLITS)
    assert "2 files" in told[0] and "no_audio 2" in told[0] and "/v/a.mp4" in told[0]
    assert told[1].startswith("val has only 1 clips") and told[2].startswith("There is no clip in test-iid")
    assert not cautions(clips(train=20, val=8, test_iid=8), quarantine_table(), SPLITS)


def test_splits_that_nobody_asked_for_are_not_missed() -> None:
    """An evaluation of a release has no training clips."""
    assert not cautions(clips(test_iid=8), quarantine_table(), ["test-iid"])
