"""Configuration of an evaluation."""

from typing import Literal, NamedTuple

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.evaluation.baselines.render_baselines import RULES, Baseline
from v2meow_pipeline.evaluation.measure import MeasureConfig
from v2meow_pipeline.tokenizers.registry import Decoder


class EvaluationConfig(MeasureConfig):
    """Settings of the evaluation: compared systems and metrics.

    Attributes:
        model: evaluated model, "project" or "release"; read by jobs/release_evaluation.py.
        baselines: baselines that are evaluated on the same clips, see `evaluation.baselines`.
    """

    model: Literal["project", "release"] = "project"
    baselines: tuple[Baseline, ...] = (RULES,)

    def measured(self) -> MeasureConfig:
        """The metric settings alone, for comparisons with their own systems."""
        return MeasureConfig.parse(self.model_dump(exclude={"model", "baselines"}))


class EvaluationSettings(NamedTuple):
    """Settings that all steps of an evaluation share.

    Attributes:
        config: compared systems and metrics.
        clock: sample rates and clip length.
        decoder: decoder of the codec, the same as in generation.
    """

    config: EvaluationConfig
    clock: Clock
    decoder: Decoder = "griffin_lim"
