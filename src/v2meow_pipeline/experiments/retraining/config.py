"""How a round of retraining goes."""

from typing import Any

from pydantic import Field, field_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.clip_statistics import GENRE, NUMBERS
from v2meow_pipeline.evaluation.verdict import VerdictConfig, higher_is_better

START = "warm_start"


class DriftConfig(Config):
    """When new data are too different to be trained on without a person having looked.

    Attributes:
        threshold: of the distance of any trait, in [0, 1] (metrics/drift.py).
        significance: a distance only counts if chance is less likely than this to make it.
        accepted: traits whose drift a person has accepted.
        seed: of the permutations.
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
            raise ValueError(f"there is no trait {', '.join(unknown)}; there are {', '.join((GENRE, *NUMBERS))}")
        return accepted


class RetrainConfig(Config):
    """A round.

    Attributes:
        min_new_clips: new or changed training clips that are worth a round.
        workers: processes that measure, decode and encode.
        drift: of new data from those that the champion was trained on.
        train: values of `StageFitConfig` in place of each stage's own; a warm start needs fewer and smaller steps.
        verdict: what the challenger must do.
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
            raise ValueError(f"{START} is the champion in every round")
        return train

    @field_validator("verdict")
    @classmethod
    def _with_a_direction(cls, verdict: VerdictConfig) -> VerdictConfig:
        for metric in (verdict.metric, *verdict.margins):
            higher_is_better(metric)
        return verdict
