"""Configuration of tuning: search space, number of trials, pruning."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config

Scalar: TypeAlias = bool | int | float | str | None


class FloatRange(Config):
    """Range of floating-point values.

    Attributes:
        type: "float".
        low: smallest value.
        high: largest value.
        log: whether to sample in the log domain, as is usual for learning rates.
    """

    type: Literal["float"]
    low: float
    high: float
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_ends(self.low, self.high, self.log)
        return self


class IntRange(Config):
    """Range of integers, both ends included.

    Attributes:
        type: "int".
        low: smallest value.
        high: largest value.
        step: spacing of the values.
        log: whether to sample in the log domain; requires a step of 1.
    """

    type: Literal["int"]
    low: int
    high: int
    step: int = Field(default=1, gt=0)
    log: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        _check_ends(self.low, self.high, self.log)
        if self.log and self.step != 1:
            raise ValueError("a logarithmic range must have a step of 1")
        if (self.high - self.low) % self.step:
            raise ValueError(f"high - low is not a multiple of the step {self.step}")
        return self


class Choice(Config):
    """Categorical choice.

    Attributes:
        type: "categorical".
        choices: values to choose from, at least two.
    """

    type: Literal["categorical"]
    choices: tuple[Scalar, ...] = Field(min_length=2)


Range: TypeAlias = Annotated[FloatRange | IntRange | Choice, Field(discriminator="type")]


class MedianConfig(Config):
    """Median pruner: stops a trial whose best loss is worse than the median of other trials at the same step.

    Attributes:
        startup_trials: number of finished trials before pruning begins.
        warmup_steps: optimiser steps of a trial before it can be pruned.
    """

    startup_trials: int = Field(default=4, ge=1)
    warmup_steps: int = Field(default=0, ge=0)


class HyperbandConfig(Config):
    """Hyperband pruner: successive halving in several brackets (Li et al. 2018).

    Attributes:
        min_steps: minimum number of optimiser steps of a trial.
        reduction_factor: one of this many trials continues at each rung.
    """

    min_steps: int = Field(default=50, gt=0)
    reduction_factor: int = Field(default=3, gt=1)


class TuneConfig(Config):
    """Configuration of all studies; one study per stage.

    Attributes:
        trials: number of trials per study, pruned ones included; a larger number continues a finished study.
        parallel: concurrent trials on Ray; without Ray, trials run sequentially.
        seed: seeds the sampler; every trial trains with the stage's own seed.
        startup_trials: random trials before the TPE sampler uses the results.
        against_decode_time: whether to minimise validation loss and decoding time (two objectives) instead of the loss
            alone.
        decode_budget_s: with `against_decode_time`, the maximum decoding time of the selected trial, s per clip; None
            selects the lowest loss regardless of time.
        pruner: pruner that stops unpromising trials early: median, hyperband or none.
        median: settings of the median pruner.
        hyperband: settings of the hyperband pruner.
        space: search space of each stage: ranges by dotted path, such as `train.lr` or `model.transformer.dropout`;
            None removes a range of the base environment. A stage without ranges has no study.
    """

    trials: int = Field(default=16, gt=0)
    parallel: int = Field(default=2, gt=0)
    seed: int = 0
    startup_trials: int = Field(default=6, ge=1)
    against_decode_time: bool = False
    decode_budget_s: float | None = Field(default=None, gt=0)
    pruner: Literal["median", "hyperband", "none"] = "median"
    median: MedianConfig = Field(default_factory=MedianConfig)
    hyperband: HyperbandConfig = Field(default_factory=HyperbandConfig)
    space: dict[str, dict[str, Range | None]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_objective_for_pruning(self) -> Self:
        if self.against_decode_time and self.pruner != "none":
            raise ValueError("Optuna cannot prune with two objectives: set pruner to none with against_decode_time")
        if self.decode_budget_s is not None and not self.against_decode_time:
            raise ValueError("decode_budget_s requires against_decode_time: set both or neither")
        return self

    def ranges(self, stage: str) -> dict[str, Range]:
        """Search space of a stage, by dotted path."""
        return {path: found for path, found in self.space.get(stage, {}).items() if found is not None}


def _check_ends(low: float, high: float, log: bool) -> None:
    if low >= high:
        raise ValueError(f"low {low} must be below high {high}")
    if log and low <= 0:
        raise ValueError(f"low of a logarithmic range must be above 0, but is {low}")
