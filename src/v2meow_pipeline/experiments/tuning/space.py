"""Dotted paths to parameters: what a trial's values change, and what is written for the next run."""

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
    """A stage's parameters with some of them changed.

    Args:
        params: `model` and `train`, nested.
        values: by dotted path from there, such as `train.lr`.

    Returns:
        A changed copy; a table on a path that is not there is made.

    Raises:
        ConfigError: when a path does not begin with `model` or `train`, or leads through a plain value.
    """
    changed = deepcopy(dict(params))
    for path, value in values.items():
        *tables, name = path.split(".")
        if not tables or tables[0] not in ROOTS:
            raise ConfigError(f"{path} is not a parameter of a stage.", "Begin a path with `model.` or `train.`.")
        place = changed
        for table in tables:
            place = place.setdefault(table, {})
            if not isinstance(place, dict):
                raise ConfigError(f"{path} leads through {table}, which is a value.", "Correct the path in tune.space.")
        place[name] = value
    return changed


def nested(values: Values) -> dict[str, Any]:
    """The values alone, as nested parameters."""
    return with_values({}, values)


def ends(ranges: Mapping[str, Range]) -> tuple[dict[str, Scalar], dict[str, Scalar]]:
    """The lowest (or first) and the highest (or last) value of each range."""
    first = {path: r.choices[0] if isinstance(r, Choice) else r.low for path, r in ranges.items()}
    last = {path: r.choices[-1] if isinstance(r, Choice) else r.high for path, r in ranges.items()}
    return first, last


def distributions(ranges: Mapping[str, Range]) -> "dict[str, BaseDistribution]":
    """The ranges as Optuna has them."""
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
