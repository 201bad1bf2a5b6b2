"""Tables that name files."""

import json
from pathlib import Path

import pandas as pd
import pytest

from v2meow_pipeline.corpus.record import manifest_table
from v2meow_pipeline.datasets import PortableJSONDataset, PortableParquetDataset


def _table(project: Path) -> pd.DataFrame:
    size = {"width": 64, "height": 64, "audio_rate_hz": 48_000}
    inside = {"clip_id": "a", "path": str(project / "data/01_raw/a.mp4"), "annotation_path": str(project / "a.json")}
    outside = {"clip_id": "b", "path": "/elsewhere/b.mp4", "annotation_path": None}
    return manifest_table([{**size, **inside}, {**size, **outside}])


def test_a_table_means_the_same_in_another_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a pulled manifest that names files of the machine that made it, and bytes that depend on the place."""
    written = []
    for name in ("here", "there"):
        project = tmp_path / name
        project.mkdir()
        monkeypatch.chdir(project)
        PortableParquetDataset(filepath="m.parquet").save(_table(project))
        written.append((project / "m.parquet").read_bytes())
        pd.testing.assert_frame_equal(PortableParquetDataset(filepath="m.parquet").load(), _table(project))
    assert written[0] == written[1]
    assert pd.read_parquet("m.parquet")["path"].tolist() == ["data/01_raw/a.mp4", "/elsewhere/b.mp4"]


def test_a_list_means_the_same_in_another_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the same in the list of source videos; a name that is not UTF-8 stays as it was escaped."""
    monkeypatch.chdir(tmp_path)
    rows = [
        {"path": str(tmp_path / "v/a.mp4"), "annotation_path": None, "genre": "rock"},
        {"path": "/elsewhere/caf\\xe9.mp4", "annotation_path": None, "genre": None},
    ]
    PortableJSONDataset(filepath="v.json").save(rows)
    assert json.loads(Path("v.json").read_text())[0]["path"] == "v/a.mp4"
    assert PortableJSONDataset(filepath="v.json").load() == rows


def test_a_table_without_paths_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a dataset that only fits the tables of today."""
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"x": [1, 2]})
    PortableParquetDataset(filepath="x.parquet").save(table)
    pd.testing.assert_frame_equal(PortableParquetDataset(filepath="x.parquet").load(), table)
