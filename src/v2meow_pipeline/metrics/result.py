"""Result of an evaluation: one row per clip and system, and one row with interval per metric and system."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

ClipRow = dict[str, str | float]
# Per-clip columns that are not averaged: the tempo itself, and distances whose mean is not the FAD of the set.
NOT_AVERAGED = ("system", "clip_id", "tempo_bpm", "fad_per_clip_")


class SummaryRow(NamedTuple):
    """One metric of one system over a set of clips.

    Attributes:
        system: name of the system.
        metric: key of the metric, including its variant.
        value: value over the set; NaN if no clip has one.
        low: lower end of the 95 % interval over clips; NaN without an interval.
        high: upper end of the interval; NaN without an interval.
        n: number of clips with a value.
    """

    system: str
    metric: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class EvaluationResult:
    """All results of one evaluation.

    Attributes:
        by_clip: rows per system and clip, system-major: keys "system", "clip_id", then one number per metric, NaN if a
            clip has none.
        summary: rows per metric and system, metric-major.
        notes: caveats about the quality of the numbers.
        seed: seed of the bootstrap resampling.
        n_clips: number of evaluated clips.
        by_split: split -> summary rows of its clips; empty if there is only one split.
    """

    by_clip: list[ClipRow]
    summary: list[SummaryRow]
    notes: list[str]
    seed: int
    n_clips: int
    by_split: Mapping[str, list[SummaryRow]] = field(default_factory=dict)

    def row(self, system: str, metric: str) -> SummaryRow:
        """Summary row of one system and metric.

        Args:
            system: name of the system.
            metric: key of the metric.

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
        """Lists and dicts that can be serialised to JSON; NaN and infinity become None, since JSON has neither."""
        return {
            "seed": self.seed,
            "n_clips": self.n_clips,
            "notes": self.notes,
            "summary": [_without_nan(row._asdict()) for row in self.summary],
            "by_split": {split: [_without_nan(row._asdict()) for row in rows] for split, rows in self.by_split.items()},
            "by_clip": [_without_nan(row) for row in asdict(self)["by_clip"]],
        }


def merge_results(results: Sequence[EvaluationResult]) -> EvaluationResult:
    """Merges evaluations of different systems on the same clips with the same seed, which share their resamples.

    Args:
        results: evaluations, at least one; a system in several of them is taken from the first.

    Returns:
        The merged evaluation, in order.

    Raises:
        ValueError: if the clips, splits or seeds differ.
    """
    first = results[0]
    if any(
        (one.seed, one.n_clips, set(one.by_split)) != (first.seed, first.n_clips, set(first.by_split))
        for one in results
    ):
        raise ValueError("evaluations of different clips, splits or seeds cannot be merged: use the same for all")
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
