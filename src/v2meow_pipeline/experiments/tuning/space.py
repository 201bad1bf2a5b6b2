"""Parameters by dotted path: conversion to nested parameters and to Optuna distributions."""

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.tuning.config import Choice, FloatRange, Range, Scalar

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Values = Mapping[str, Scalar]
ROOTS = ("model", "train")


def with_values(params: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """Copies a stage's parameters with some values replaced.

    Args:
        params: nested parameters with keys `model` and `train`.
        values: new values by dotted path, such as `train.lr`.

    Returns:
        Changed copy; missing dictionaries on a path are created.

    Raises:
        ConfigError: when a path does not begin with `model` or `train`, or an inner key of it is not a dictionary.
    """
    changed = deepcopy(dict(params))
    for path, value in values.items():
        *tables, name = path.split(".")
        if not tables or tables[0] not in ROOTS:
            raise ConfigError(
                f"{path} is not a parameter of a stage.", "Paths in tune.space begin with `model.` or `train.`."
            )
        node = changed
        for table in tables:
            node = node.setdefault(table, {})
            if not isinstance(node, dict):
                raise ConfigError(
                    f"{table} in the path {path} is a value, not a dictionary.", "Correct the path in tune.space."
                )
        node[name] = value
    return changed


def nested(values: Values) -> dict[str, Any]:
    """Converts values by dotted path to nested parameters."""
    return with_values({}, values)


def ends(ranges: Mapping[str, Range]) -> tuple[dict[str, Scalar], dict[str, Scalar]]:
    """Lowest (or first) and highest (or last) value of each range."""
    first = {path: r.choices[0] if isinstance(r, Choice) else r.low for path, r in ranges.items()}
    last = {path: r.choices[-1] if isinstance(r, Choice) else r.high for path, r in ranges.items()}
    return first, last


def distributions(ranges: Mapping[str, Range]) -> "dict[str, BaseDistribution]":
    """Converts ranges to Optuna distributions."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, BaseDistribution] = {}
    for path, r in ranges.items():
        if isinstance(r, Choice):
            found[path] = CategoricalDistribution(r.choices)
        elif isinstance(r, FloatRange):
            found[path] = FloatDistribution(r.low, r.high, log=r.log)
        else:
            found[path] = IntDistribution(r.low, r.high, log=r.log, step=r.step)
    return found
