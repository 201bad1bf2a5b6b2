"""The two tables keep their columns and types, also when they are empty."""

from pathlib import Path

import pandas as pd
import pytest

from v2meow_pipeline.corpus.record import MANIFEST_COLUMNS, QUARANTINE_COLUMNS, manifest_table, quarantine_table
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.source_video import SourceVideo


@pytest.mark.parametrize(
    ("table", "columns"), [(manifest_table(), MANIFEST_COLUMNS), (quarantine_table(), QUARANTINE_COLUMNS)]
)
def test_empty_table_survives_parquet_with_its_types(
    tmp_path: Path, table: pd.DataFrame, columns: dict[str, str]
) -> None:
    """An empty table of object columns would come back with other types than a full one."""
    table.to_parquet(tmp_path / "t.parquet")
    back = pd.read_parquet(tmp_path / "t.parquet")
    assert {name: str(kind) for name, kind in back.dtypes.items()} == dict(columns)


def test_unknown_values_become_missing_ones() -> None:
    """None must not turn into the text "None", which would count as a caption."""
    row = quarantine_table([{"path": "a.mp4", "start_s": None, "reason": "empty", "detail": None}]).iloc[0]
    assert pd.isna(row["detail"]) and pd.isna(row["start_s"]) and row["path"] == "a.mp4"


def test_source_with_an_unknown_split_or_field_is_refused() -> None:
    known = {"source_id": "a", "path": "a.mp4", "corpus": "mine"}
    assert SourceVideo.parse({**known, "split": "test-font"}).split == "test-font"
    with pytest.raises(ConfigError, match="split"):
        SourceVideo.parse({**known, "split": "testing"})
    with pytest.raises(ConfigError, match="captoin"):
        SourceVideo.parse({**known, "captoin": "x"})
