"""Table of a diagnosis: choice of its columns, and printing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from v2meow_pipeline.evaluation.diagnosis.score import TO_CODEC, TWO_SAMPLE
from v2meow_pipeline.evaluation.diagnosis.stage_bits import BITS
from v2meow_pipeline.evaluation.measure import marked
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.metrics.table import to_rich

if TYPE_CHECKING:
    from rich.console import Console

TEMPO = ("tempo_within_8pct_equivalent_to_truth", "tempo_within_8pct_equivalent_to_reference")
WIDTH_OF_NAMES, WIDTH_OF_COLUMN = 32, 21
OTHERS = ("onset_f_librosa_50ms", "sync_lift_cuts_100ms", "loop_share_semantic", "repeated_share_semantic")


def table_columns(result: EvaluationResult, judges: Sequence[str]) -> list[str]:
    """Keys of the metrics in the table and the figure.

    Args:
        result: result of `score_systems`.
        judges: embedding networks of FAD and the two-sample test.

    Returns:
        Keys of the computed metrics, in order: FAD, two-sample test and genre by judge, tempo against the annotation if
        known and else against the estimate from the ground truth, onsets, synchrony, loops, bits per second by stage.
    """
    known = result.metrics()
    of_judges = [
        prefix + marked(judge) for prefix in ("fad_", TWO_SAMPLE, TO_CODEC, "genre_accuracy_") for judge in judges
    ]
    tempo = next((key for key in TEMPO if key in known), TEMPO[-1])
    bits = [key for key in known if key.startswith(BITS)]
    return [key for key in (*of_judges, tempo, *OTHERS, *bits) if key in known]


def print_table(result: EvaluationResult, columns: Sequence[str], console: "Console") -> None:
    """Prints the table, divided into blocks of columns that fit the width of the console.

    Args:
        result: result of `score_systems`.
        columns: keys of the metrics.
        console: output console.
    """
    fitting = max(1, (console.width - WIDTH_OF_NAMES) // WIDTH_OF_COLUMN)
    for first in range(0, len(columns), fitting):
        table = to_rich(result, columns[first : first + fitting])
        table.title = "Diagnosis" if first == 0 else None
        if first + fitting < len(columns):
            table.caption = None
        console.print(table)
