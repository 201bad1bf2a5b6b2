"""Configuration of a retraining round."""

from typing import Any

from pydantic import Field, field_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.clip_statistics import GENRE, NUMBERS
from v2meow_pipeline.evaluation.verdict import VerdictConfig, higher_is_better

START = "warm_start"


class DriftConfig(Config):
    """Thresholds of data drift beyond which a round stops until the drift is accepted.

    Attributes:
        threshold: maximum distance of any trait between old and new data, in [0, 1] (metrics/drift.py).
        significance: maximum p-value at which a distance counts as drift.
        accepted: traits whose drift is accepted.
        seed: seeds the permutation test.
    """

    threshold: float = Field(default=0.5, gt=0, le=1)
    significance: float = Field(default=0.01, gt=0, lt=1)
    accepted: tuple[str, ...] = ()
    seed: int = 0

    @field_validator("accepted")
    @classmethod
    def _known(cls, accepted: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(accepted) - {GENRE, *NUMBERS})
        if unknown:
            raise ValueError(f"unknown traits: {', '.join(unknown)}; known traits: {', '.join((GENRE, *NUMBERS))}")
        return accepted


class RetrainConfig(Config):
    """Configuration of a retraining round.

    Attributes:
        min_new_clips: minimum number of new or changed training clips for a round.
        workers: number of processes that measure, decode and encode clips.
        drift: thresholds of the drift between the champion's training data and the new data.
        train: overrides of each stage's `train` parameters; fine-tuning needs fewer steps and a lower learning rate.
        verdict: criteria for promoting the challenger.
    """

    min_new_clips: int = Field(default=1, ge=1)
    workers: int = Field(default=2, ge=1)
    drift: DriftConfig = Field(default_factory=DriftConfig)
    train: dict[str, Any] = Field(default_factory=dict)
    verdict: VerdictConfig = Field(default_factory=VerdictConfig)

    @field_validator("train")
    @classmethod
    def _starts_from_the_champion(cls, train: dict[str, Any]) -> dict[str, Any]:
        if START in train:
            raise ValueError(f"{START} cannot be set: every round starts from the champion")
        return train

    @field_validator("verdict")
    @classmethod
    def _with_a_direction(cls, verdict: VerdictConfig) -> VerdictConfig:
        for metric in (verdict.metric, *verdict.margins):
            higher_is_better(metric)
        return verdict
