"""The executor that a run's nodes get."""

from typing import Any

import pytest
from kedro.io import DataCatalog
from tests.support.project import ROOT

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.map import ActorPool
from v2meow_pipeline.hooks.executor import EXECUTOR, ExecutorHooks
from v2meow_pipeline.parallel import Processes


def executor_of(parameters: dict[str, Any]) -> Executor:
    """The executor in the catalog of a run with these parameters."""
    catalog = DataCatalog()
    ExecutorHooks().after_catalog_created(catalog, {"parameters": parameters})
    found: Executor = catalog.load(EXECUTOR)
    return found


@pytest.fixture
def parameters() -> dict[str, Any]:
    """Parameters of the embedded default."""
    return load_config(ROOT, "base", "parameters")


def test_the_documented_parameters_decide(parameters: dict[str, Any]) -> None:
    """Catches `--params backend=local` or `--params features.workers=3` that is read and ignored."""
    pool = executor_of(parameters).map("features")
    assert isinstance(pool, ActorPool) and pool.workers == 2
    parameters["backend"], parameters["features"]["workers"] = "local", 3
    local = executor_of(parameters)
    assert local.ray is None and local.map("features") == Processes(3) and local.map("tokens") == Processes(2)


def test_a_mistake_is_refused_before_the_run(parameters: dict[str, Any]) -> None:
    """Catches a misspelled backend that is noticed by the first training, after hours."""
    with pytest.raises(ConfigError, match="no backend 'rai'"):
        executor_of({**parameters, "backend": "rai"})
    with pytest.raises(ConfigError, match="adress"):
        executor_of({**parameters, "ray": {"adress": "auto"}})
