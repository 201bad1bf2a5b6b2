"""Training of one batch in parts: a job without random draws, and the comparison of two results."""

import numpy as np
from tests.support.stage_corpus import job

from v2meow_pipeline.checkpoint import load_checkpoint
from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.result import FitResult


def same(one: FitResult, other: FitResult) -> None:
    """Whether two trainings agree up to rounding, step by step."""
    assert one.curves.keys() == other.curves.keys()
    for name, curve in one.curves.items():
        np.testing.assert_allclose(np.array(curve), np.array(other.curves[name]), rtol=2e-3)
    mine, others = load_checkpoint(one.path).weights, load_checkpoint(other.path).weights
    for name, values in mine.items():
        np.testing.assert_allclose(values, others[name], atol=2e-3, err_msg=name)


def smooth(**changes: object) -> TrainingJob:
    """A job without anything drawn in a step: no dropout, and no condition hidden."""
    sizes = {"width": 32, "heads": 2, "head_width": 16, "feed_forward": 64, "dropout": 0.0}
    return job("coarse", model={"transformer": sizes, "visual_dropout": 0.0}, **changes)
