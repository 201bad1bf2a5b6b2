"""Clips in sync with their picture, told from their annotations."""

import json
from pathlib import Path

import pandas as pd

from v2meow_pipeline.evaluation.synchrony import synchrony_of
from v2meow_pipeline.metrics.by_group import summarise_by_group


def test_groups_are_those_of_the_annotations(tmp_path: Path) -> None:
    """A clip that is out of step on purpose must not count against a model."""
    paths = []
    for name, sync in (("a", "on_beat"), ("b", "off_beat"), ("c", "pulse_free")):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"plan": {"visual_sync": sync}}))
        paths.append(str(path))
    (tmp_path / "d.json").write_text("{}")
    clips = pd.DataFrame({"clip_id": list("abcde"), "annotation_path": [*paths, str(tmp_path / "d.json"), None]})
    groups = synchrony_of(clips)
    assert groups == {"a": "in sync", "b": "not in sync", "c": "not in sync", "d": "", "e": ""}
    rows = [
        {"clip_id": clip, "system": "v2meow", "tempo_within_8pct_to_truth": value}
        for clip, value in zip("abcde", (1.0, 0.0, 0.0, 1.0, 1.0), strict=True)
    ]
    table = {row["synchrony"]: row["value"] for row in summarise_by_group(rows, groups, 0, "synchrony")}
    assert table == {"in sync": 1.0, "not in sync": 0.0, "unknown": 1.0}
