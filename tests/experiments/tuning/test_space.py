"""Dotted paths to parameters."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.tuning.config import TuneConfig
from v2meow_pipeline.experiments.tuning.space import distributions, ends, nested, with_values

name = st.text(string.ascii_lowercase, min_size=1, max_size=3)
path = st.builds(
    lambda root, rest: ".".join([root, *rest]),
    st.sampled_from(["model", "train"]),
    st.lists(name, min_size=1, max_size=3),
)


def _read(params: dict, dotted: str) -> object:
    for key in dotted.split("."):
        params = params[key]
    return params


@given(path, st.floats(allow_nan=False) | st.integers() | st.text() | st.none())
def test_a_value_is_found_again_where_its_path_leads(dotted: str, value: object) -> None:
    """Catches values that land beside the parameter that they are meant for."""
    before = {"model": {}, "train": {"lr_of_nothing": 1}}
    assert _read(with_values(before, {dotted: value}), dotted) == value
    assert _read(nested({dotted: value}), dotted) == value
    assert before == {"model": {}, "train": {"lr_of_nothing": 1}}


def test_neighbours_stay_as_they_were() -> None:
    """Catches a table that is replaced whole, and with it what was set by a person."""
    params = {"model": {"transformer": {"width": 8, "dropout": 0.0}}, "train": {"lr": 1.0}}
    changed = with_values(params, {"model.transformer.dropout": 0.5, "train.seed": 3})
    assert changed == {"model": {"transformer": {"width": 8, "dropout": 0.5}}, "train": {"lr": 1.0, "seed": 3}}


@pytest.mark.parametrize("wrong", ["lr", "optimiser.lr", "train.lr.peak", "train"])
def test_a_path_to_nowhere_is_refused(wrong: str) -> None:
    """Catches a misspelt path, which would search a value that nothing reads."""
    with pytest.raises(ConfigError):
        with_values({"model": {}, "train": {"lr": 1.0}}, {wrong: 1})


def test_ranges_become_distributions() -> None:
    """Catches ends, steps or scales that are lost on the way to Optuna."""
    space = {
        "train.lr": {"type": "float", "low": 0.1, "high": 1.0, "log": True},
        "train.warmup_steps": {"type": "int", "low": 5, "high": 45, "step": 10},
        "model.pattern": {"type": "categorical", "choices": ["delay", "parallel"]},
    }
    ranges = TuneConfig.parse({"space": {"fine": space}}).ranges("fine")
    found = distributions(ranges)
    assert found["train.lr"].log and (found["train.lr"].low, found["train.lr"].high) == (0.1, 1.0)
    assert (found["train.warmup_steps"].step, found["train.warmup_steps"].high) == (10, 45)
    assert found["model.pattern"].choices == ("delay", "parallel")
    assert ends(ranges)[1] == {"train.lr": 1.0, "train.warmup_steps": 45, "model.pattern": "parallel"}
