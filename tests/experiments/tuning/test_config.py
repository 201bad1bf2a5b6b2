"""What may be searched."""

import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.tuning.config import TuneConfig


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "float", "low": 1.0, "high": 1.0},
        {"type": "float", "low": 0.0, "high": 1.0, "log": True},
        {"type": "int", "low": 1, "high": 4, "step": 2},
        {"type": "int", "low": 1, "high": 4, "step": 3, "log": True},
        {"type": "categorical", "choices": [1]},
        {"type": "float", "low": 0.0, "high": 1.0, "step": 0.1},
        {"low": 0.0, "high": 1.0},
    ],
)
def test_a_range_that_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    """Catches ranges that Optuna would bend in silence, and keys that nobody reads."""
    with pytest.raises(ConfigError):
        TuneConfig.parse({"space": {"semantic": {"train.lr": wrong}}})


def test_two_objectives_are_never_pruned() -> None:
    """Catches a pruner that is set, and that Optuna then cannot use."""
    with pytest.raises(ConfigError, match="pruner to none"):
        TuneConfig.parse({"against_decode_time": True, "pruner": "median"})
    with pytest.raises(ConfigError, match="decode_budget_s"):
        TuneConfig.parse({"decode_budget_s": 1.0})
    assert TuneConfig.parse({"against_decode_time": True, "pruner": "none", "decode_budget_s": 1.0})


def test_an_environment_can_take_a_range_out() -> None:
    """Catches a space that an environment can only add to, since parameters are merged softly."""
    one = {"type": "int", "low": 1, "high": 2}
    config = TuneConfig.parse({"space": {"fine": {"train.lr": None, "train.batch_size": one}}})
    assert list(config.ranges("fine")) == ["train.batch_size"]
    assert config.ranges("coarse") == {}
