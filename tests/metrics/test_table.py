import dataclasses
import json
import math
from pathlib import Path

import pytest
from rich.console import Console

from v2meow_pipeline.metrics import keys, plots, table
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow

NAN = float("nan")
RESULT = EvaluationResult(
    by_clip=[
        {"system": "ground_truth", "clip_id": "a", "beat_hit_adjusted": 100.0, "tempo_error_to_truth": 0.01},
        {"system": "silence", "clip_id": "a", "beat_hit_adjusted": 0.0, "tempo_error_to_truth": NAN},
    ],
    summary=[
        SummaryRow("ground_truth", "beat_hit_adjusted", 100.0, 90.0, 100.0, 5),
        SummaryRow("silence", "beat_hit_adjusted", 0.0, 0.0, 0.0, 5),
        SummaryRow("ground_truth", "tempo_error_to_truth", 0.012, 0.008, 0.02, 5),
        SummaryRow("silence", "tempo_error_to_truth", NAN, NAN, NAN, 0),
        SummaryRow("ground_truth", "fad_musicnn_1.0s", 0.0, 0.0, 0.0, 5),
        SummaryRow("silence", "fad_musicnn_1.0s", 4000.0, 3900.0, 4100.0, 5),
    ],
    notes=["musicnn_1.0s: few frames"],
    seed=1,
    n_clips=5,
)


def test_json_has_no_nan() -> None:
    """NaN is not JSON: a browser refuses the whole file."""
    text = json.dumps(RESULT.to_dict(), allow_nan=False)
    assert json.loads(text)["summary"][3] == {
        "system": "silence", "metric": "tempo_error_to_truth", "value": None, "low": None, "high": None, "n": 0,
    }  # fmt: skip


def test_flat_numbers_for_a_tracker_are_finite() -> None:
    flat = table.flat(RESULT)
    assert flat["silence/beat_hit_adjusted"] == 0.0
    assert "silence/tempo_error_to_truth" not in flat
    assert all(math.isfinite(number) for number in flat.values())


def test_a_plotted_table_has_a_row_a_system() -> None:
    """Catches a value in another system's row, and a metric that was not computed."""
    rows = table.wide(RESULT, ["beat_hit_adjusted", "never_computed"])
    assert rows == [
        {"system": "ground_truth", "beat_hit_adjusted": 100.0},
        {"system": "silence", "beat_hit_adjusted": 0.0},
    ]


def test_a_single_split_is_told_like_several() -> None:
    """Catches a table of splits that is empty where there is one, and a split that is not named."""
    (row,) = [one for one in table.by_split(RESULT, "test-iid") if one["metric"].startswith("fad_") and one["value"]]
    assert list(row) == ["split", "system", "metric", "value", "low", "high", "n"]
    assert (row["split"], row["system"]) == ("test-iid", "silence")
    several = dataclasses.replace(RESULT, by_split={"a": RESULT.summary[:1], "b": RESULT.summary[:2]})
    assert [row["split"] for row in table.by_split(several, "a")] == ["a", "b", "b"]


def test_markdown_has_direction_interval_and_n() -> None:
    text = table.to_markdown(RESULT)
    lines = text.splitlines()
    assert (
        lines[0].startswith("| system ") and "beat_hit_adjusted, % ↑" in lines[0] and "fad_musicnn_1.0s ↓" in lines[0]
    )
    assert "100.0 [90.0, 100.0]" in text and "| silence " in text
    assert "– (n=0)" in text
    assert "5 clips" in text and "musicnn_1.0s: few frames" in text
    assert all(line.count("|") == lines[0].count("|") for line in lines[:4])


def test_markdown_of_chosen_metrics_keeps_their_order() -> None:
    heading = table.to_markdown(RESULT, ["fad_musicnn_1.0s", "beat_hit_adjusted"]).splitlines()[0]
    assert heading.index("fad_musicnn") < heading.index("beat_hit") and "tempo" not in heading


@pytest.mark.parametrize(
    ("number", "shown"), [(0.0, "0.000"), (4.6e-12, "0.000"), (2e-4, "2.0e-04"), (0.0123, "0.012"), (12.34, "12.3")]
)
def test_numbers_are_short_and_rounding_is_not_shown(number: float, shown: str) -> None:
    assert table.show_number(number) == shown


def test_terminal_table_shows_every_system_and_metric() -> None:
    console = Console(width=300, record=True)
    console.print(table.to_rich(RESULT))
    text = console.export_text()
    for shown in ("ground_truth", "silence", "tempo error", "4000"):
        assert shown in text


def test_every_key_says_which_way_is_better() -> None:
    for row in RESULT.summary:
        assert keys.describe(row.metric).better in ("higher", "lower")
    # A metronome reaches 610 % coverage: more is not better.
    assert keys.describe("beat_coverage_original").better == "reference"
    assert keys.describe("beat_f1_original").better == "reference"
    with pytest.raises(KeyError, match="mystery"):
        keys.describe("mystery")


def test_a_picture_a_metric(tmp_path: Path) -> None:
    paths = plots.plot_metrics(RESULT, [*RESULT.metrics(), "absent"], tmp_path)
    assert [path.name for path in paths] == [
        "beat_hit_adjusted.png",
        "tempo_error_to_truth.png",
        "fad_musicnn_1.0s.png",
    ]
    assert all(path.stat().st_size > 5_000 for path in paths)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_a_metric_that_was_not_computed_has_no_picture(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="fad_other"):
        plots.plot_metric(RESULT, "fad_other", tmp_path / "x.png")
    assert not list(tmp_path.iterdir())
