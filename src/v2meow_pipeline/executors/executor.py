"""Executor of a run: decides where maps, trainings and trials run, on this machine or on Ray."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.executors.map import ActorPool
from v2meow_pipeline.executors.ray.config import RayConfig, ray_config
from v2meow_pipeline.parallel import MapExecutor, Processes

# Parameter groups that set a number of workers.
MAPS = ("ingest", "features", "tokens", "networks", "retrain")


class Executor(Config):
    """Where a run computes; parsed once per run from the parameters `backend`, `ray` and `<group>.workers`.

    Attributes:
        ray: Ray configuration; None runs everything on this machine.
        workers: maximum number of processes or Ray actors of each map, by parameter group (`MAPS`).
    """

    ray: RayConfig | None = None
    workers: dict[str, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Executor":
        """Parses the executor of a run.

        Args:
            parameters: parameters of the run.

        Returns:
            Executor; no Ray session is opened yet.

        Raises:
            ConfigError: for an unknown backend or invalid values.
        """
        ray = ray_config(parameters["backend"], parameters["ray"])
        return cls.parse({"ray": ray, "workers": {name: parameters[name]["workers"] for name in MAPS}})

    def map(self, group: str) -> MapExecutor:
        """Map executor of a parameter group: local processes, or Ray actors, which run the same functions.

        Args:
            group: one of `MAPS`.

        Returns:
            Map executor, as accepted by `corpus.shards.fill`.
        """
        workers = self.workers[group]
        return Processes(workers) if self.ray is None else ActorPool(self.ray, workers)
