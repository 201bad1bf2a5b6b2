"""What an evaluation returns: a row a clip and system, and a row a metric and system with its interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

ClipRow = dict[str, str | float]
# Columns of a clip that are not averaged: the tempo itself, and distances whose mean is not the set's FAD.
NOT_AVERAGED = ("system", "clip_id", "tempo_bpm", "fad_per_clip_")


class SummaryRow(NamedTuple):
    """One metric of one system over a set.

    Attributes:
        system: its name.
        metric: its key, which carries the variant.
        value: of the set; NaN where no clip has one.
        low: lower end of the 95 % interval over clips; NaN where there is none.
        high: upper end.
        n: clips that the value rests on.
    """

    system: str
    metric: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class EvaluationResult:
    """All numbers of one evaluation.

    Attributes:
        by_clip: system-major; keys "system", "clip_id", then one number a metric, NaN where a clip has none.
        summary: metric-major.
        notes: what is to be known about the quality of the numbers.
        seed: that decided the intervals.
        n_clips: clips evaluated.
        by_split: the same as `summary` for the clips of each split, where there are several.
    """

    by_clip: list[ClipRow]
    summary: list[SummaryRow]
    notes: list[str]
    seed: int
    n_clips: int
    by_split: Mapping[str, list[SummaryRow]] = field(default_factory=dict)

    def row(self, system: str, metric: str) -> SummaryRow:
        """The summary row of a system and a metric.

        Args:
            system: its name.
            metric: its key.

        Returns:
            The row.

        Raises:
            KeyError: if it was not computed.
        """
        for row in self.summary:
            if (row.system, row.metric) == (system, metric):
                return row
        raise KeyError(f"{metric} of {system} was not computed")

    def systems(self) -> list[str]:
        """Names of all systems, in order of appearance."""
        return list(dict.fromkeys(row.system for row in self.summary))

    def metrics(self) -> list[str]:
        """Keys of all metrics, in order of appearance."""
        return list(dict.fromkeys(row.metric for row in self.summary))

    def to_dict(self) -> dict[str, object]:
        """Plain lists and dicts for a JSON file, with null for NaN, which JSON does not have."""
        return {
            "seed": self.seed,
            "n_clips": self.n_clips,
            "notes": self.notes,
            "summary": [_without_nan(row._asdict()) for row in self.summary],
            "by_split": {split: [_without_nan(row._asdict()) for row in rows] for split, rows in self.by_split.items()},
            "by_clip": [_without_nan(row) for row in asdict(self)["by_clip"]],
        }


def together(results: Sequence[EvaluationResult]) -> EvaluationResult:
    """Evaluations of different systems on the same clips with the same seed as one; draws of clips are the same then.

    Args:
        results: at least one; a system that several have is taken from the first.

    Returns:
        All rows, in order.

    Raises:
        ValueError: for different clips, splits or seeds.
    """
    first = results[0]
    if any(
        (one.seed, one.n_clips, set(one.by_split)) != (first.seed, first.n_clips, set(first.by_split))
        for one in results
    ):
        raise ValueError("evaluations of different clips or seeds do not belong into one table")
    by_clip: list[ClipRow] = []
    summary: list[SummaryRow] = []
    by_split: dict[str, list[SummaryRow]] = {split: [] for split in first.by_split}
    known: set[str] = set()
    for result in results:
        by_clip += [row for row in result.by_clip if row["system"] not in known]
        summary += [row for row in result.summary if row.system not in known]
        for split, rows in result.by_split.items():
            by_split[split] += [row for row in rows if row.system not in known]
        known |= set(result.systems())
    notes = list(dict.fromkeys(note for result in results for note in result.notes))
    return EvaluationResult(by_clip, summary, notes, first.seed, first.n_clips, by_split)


def _without_nan(row: dict[str, object]) -> dict[str, object]:
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
