"""Map executors: local processes or Ray actors, which run the same functions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from v2meow_pipeline.executors.ray.config import RayConfig, ray_config
from v2meow_pipeline.executors.ray.session import open_session
from v2meow_pipeline.parallel import MapExecutor, Processes
from v2meow_pipeline.progress import track

Item = TypeVar("Item")
Result = TypeVar("Result")


class ActorPool:
    """Map executor on a pool of up to `workers` Ray Data actors; opens the Ray session on first use."""

    def __init__(self, config: RayConfig, workers: int) -> None:
        self.config, self.workers = config, workers

    def __call__(self, function: Callable[[Item], Result], items: Sequence[Item], description: str) -> Iterator[Result]:
        """See `parallel.parallel_map`."""
        if not items:
            return
        open_session(self.config)
        from v2meow_pipeline.executors.ray.map_workers import map_in_actors

        results = map_in_actors(function, items, self.workers, self.config)
        yield from track(results, description, len(items))


def map_executor(workers: int, backend: str, ray: dict[str, Any]) -> MapExecutor:
    """Builds the map executor selected by the parameters.

    Args:
        workers: maximum number of processes or actors.
        backend: "local" or "ray".
        ray: values of `RayConfig`; used only for backend "ray".

    Returns:
        Map executor, as accepted by `corpus.shards.fill`.

    Raises:
        ConfigError: for an unknown backend or invalid values.
    """
    config = ray_config(backend, ray)
    return Processes(workers) if config is None else ActorPool(config, workers)
