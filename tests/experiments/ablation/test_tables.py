"""The ablation in the paper's layout."""

import math

import pandas as pd
import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.ablation.config import AblationConfig
from v2meow_pipeline.experiments.ablation.tables import paper_tables, stages_compared, win_rate
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow, merge_results
from v2meow_pipeline.models.stages import COARSE, COARSE_DIRECT, FINE, SEMANTIC

CONFIG = AblationConfig.parse(
    {
        "rows": {
            "none": {"variant": "none"},
            "clip semantic": {"variant": "clip", "acoustic": False},
            "clip both": {"variant": "clip"},
            "i3d both": {"variant": "i3d", "text": True},
            "clip direct": {"variant": "clip", "path": "direct"},
            "clip decoder": {"variant": "clip", "path": "audio_only_coarse"},
        }
    }
)
FAD, TEMPO = "fad_speech_embedding", "tempo_error_to_truth"


def _result(systems: dict[str, list[float]]) -> EvaluationResult:
    """Each system has a tempo error a clip, and 10 times their mean as FAD."""
    by_clip = [
        {"system": name, "clip_id": f"clip-{i}", TEMPO: value}
        for name, values in systems.items()
        for i, value in enumerate(values)
    ]
    summary = [
        SummaryRow(name, metric, scale * sum(values) / len(values), math.nan, math.nan, len(values))
        for metric, scale in ((FAD, 10), (TEMPO, 1))
        for name, values in systems.items()
    ]
    return EvaluationResult(by_clip, summary, [], 0, 2)


SCORES = {
    "none": [0.5, 0.5], "clip semantic": [0.2, 0.2], "clip both": [0.1, 0.3], "i3d both": [0.1, 0.1],
    "clip direct": [0.4, 0.4], "clip decoder": [0.3, 0.3], "i3d both, with text": [0.1, 0.1], "silence": [9.0, 9.0],
}  # fmt: skip
LOSSES = pd.DataFrame({"row": ["none", "clip both"], "stage": ["semantic", "coarse"], "val/loss": [3.5, 5.7]})


def test_a_cell_of_table_1_is_semantic_only_then_both() -> None:
    """Catches the two columns of the paper the wrong way round, and a row that takes another's numbers."""
    lines = paper_tables(_result(SCORES), LOSSES, CONFIG).splitlines()
    first = lines[: lines.index("## Table 2: beats, percent (coverage / hit / F1)")] if "## Table 2" in lines else lines
    assert any(line.startswith("| clip ") and "2.000 / 2.000" in line for line in first)
    assert any(line.startswith("| i3d ") and "– / 1.000" in line for line in first)
    assert any(line.startswith("| silence ") and "90.0" in line for line in first)
    assert not any(line.startswith("| i3d both, with text ") for line in first[:10])


def test_figure_3_compares_the_ways_of_one_variant() -> None:
    """Catches rows of other variants beside the one without a semantic stage."""
    assert stages_compared(CONFIG) == ["none", "clip semantic", "clip both", "clip direct"]


def test_a_win_is_a_smaller_error_and_a_tie_half_a_win() -> None:
    """Catches a rate whose sign is turned, and ties that are counted for one side."""
    result = _result(SCORES)
    assert win_rate(result, "i3d both", ["clip both"], TEMPO) == 0.75  # one tie, one win
    assert win_rate(result, "clip both", ["i3d both"], TEMPO) == 0.25
    assert win_rate(result, "clip both", ["clip semantic"], TEMPO) == 0.5


def test_stages_that_see_the_same_are_the_same() -> None:
    """Catches a stage that is trained again for a row that does not change it, or one that sees what it must not."""
    rows = CONFIG.rows
    assert rows["clip semantic"].seen_by(SEMANTIC) == rows["clip both"].seen_by(SEMANTIC) == "clip"
    assert rows["clip semantic"].seen_by(COARSE) == "none" and rows["clip both"].seen_by(COARSE) == "clip"
    assert rows["clip direct"].seen_by(COARSE_DIRECT) == "clip"
    assert {row.seen_by(FINE) for row in rows.values()} == {"none"}


def test_a_row_can_be_taken_out_and_a_budget_needs_its_stage() -> None:
    """Catches an environment that cannot make the ablation smaller, and a budget that is ignored."""
    assert list(AblationConfig.parse({"rows": {"a": None, "b": {"variant": "i3d"}}}).rows) == ["b"]
    with pytest.raises(ConfigError, match="no stage 'corse'"):
        AblationConfig.parse({"rows": {"b": {"variant": "i3d"}}, "train": {"corse": {"max_steps": 3}}})


def test_only_evaluations_of_the_same_clips_are_put_together() -> None:
    """Catches a table of systems that were scored on different clips, and controls that are counted twice."""
    one, two = _result({"a": [1.0, 2.0], "silence": [9.0, 9.0]}), _result({"b": [1.0, 2.0], "silence": [8.0, 8.0]})
    assert merge_results([one, two]).systems() == ["a", "silence", "b"]
    assert merge_results([one, two]).row("silence", TEMPO).value == 9.0
    with pytest.raises(ValueError, match="different clips"):
        merge_results([one, EvaluationResult([], [], [], 1, 2)])
