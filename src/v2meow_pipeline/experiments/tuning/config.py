"""What is searched, how long, and what is given up early."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config

Scalar: TypeAlias = bool | int | float | str | None


class FloatRange(Config):
    """Any number of a range.

    Attributes:
        type: "float".
        low: smallest value.
        high: largest value.
        log: whether the logarithm is searched evenly, as learning rates ask for.
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
    """A whole number of a range, ends included.

    Attributes:
        type: "int".
        low: smallest value.
        high: largest value.
        step: between neighbours.
        log: whether the logarithm is searched evenly; only with a step of 1.
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
            raise ValueError("a logarithmic range has a step of 1")
        if (self.high - self.low) % self.step:
            raise ValueError(f"high is not a whole number of steps of {self.step} above low")
        return self


class Choice(Config):
    """One of some values.

    Attributes:
        type: "categorical".
        choices: the values, at least two.
    """

    type: Literal["categorical"]
    choices: tuple[Scalar, ...] = Field(min_length=2)


Range: TypeAlias = Annotated[FloatRange | IntRange | Choice, Field(discriminator="type")]


class MedianConfig(Config):
    """Gives a trial up whose best loss so far is above the median of others at the same step.

    Attributes:
        startup_trials: finished trials before the first is given up.
        warmup_steps: optimiser steps before which none is given up.
    """

    startup_trials: int = Field(default=4, ge=1)
    warmup_steps: int = Field(default=0, ge=0)


class HyperbandConfig(Config):
    """Successive halving in several brackets (Li et al. 2018).

    Attributes:
        min_steps: optimiser steps that every trial gets.
        reduction_factor: of so many trials one goes on at each rung.
    """

    min_steps: int = Field(default=50, gt=0)
    reduction_factor: int = Field(default=3, gt=1)


class TuneConfig(Config):
    """The studies; one a stage.

    Attributes:
        trials: trials of each study, those given up included; a larger number continues a finished study.
        parallel: trials at once on Ray; without Ray one follows the other.
        seed: of what is tried; every trial trains with the stage's own seed.
        startup_trials: trials at random before the sampler (TPE) learns from them.
        against_decode_time: searches for the best compromises of validation loss and decoding time, not for the lowest
            loss alone.
        decode_budget_s: with `against_decode_time`, the longest decoding time, seconds a clip, of the parameters that
            are written; None takes the lowest loss whatever its time.
        pruner: how hopeless trials are given up: median, hyperband or none.
        median: of that pruner.
        hyperband: of that pruner.
        space: for each stage its ranges by dotted path, such as `train.lr` or `model.transformer.dropout`; None takes a
            range of another environment out again. A stage without ranges has no study.
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
            raise ValueError("two objectives cannot be pruned: set pruner to none with against_decode_time")
        if self.decode_budget_s is not None and not self.against_decode_time:
            raise ValueError("decode_budget_s is a limit on what against_decode_time measures: set both or none")
        return self

    def ranges(self, stage: str) -> dict[str, Range]:
        """What is searched for a stage, by dotted path."""
        return {path: found for path, found in self.space.get(stage, {}).items() if found is not None}


def _check_ends(low: float, high: float, log: bool) -> None:
    if low >= high:
        raise ValueError(f"low {low} is not below high {high}")
    if log and low <= 0:
        raise ValueError(f"a logarithmic range starts above 0, not at {low}")
