"""What an evaluation returns: a row a clip and system, and a row a metric and system with its interval."""

import math
from dataclasses import asdict, dataclass
from typing import NamedTuple

ClipRow = dict[str, str | float]


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
    """

    by_clip: list[ClipRow]
    summary: list[SummaryRow]
    notes: list[str]
    seed: int
    n_clips: int

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
            "by_clip": [_without_nan(row) for row in asdict(self)["by_clip"]],
        }


def _without_nan(row: dict[str, object]) -> dict[str, object]:
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
