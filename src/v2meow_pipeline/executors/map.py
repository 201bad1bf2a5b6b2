"""Map executors: processes of this machine, or Ray actors. Both run the same functions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from v2meow_pipeline.executors.ray.config import RayConfig, ray_config
from v2meow_pipeline.executors.ray.session import open_session
from v2meow_pipeline.parallel import MapExecutor, Processes
from v2meow_pipeline.progress import track

Item = TypeVar("Item")
Result = TypeVar("Result")


class ActorPool:
    """Maps over a pool of `workers` Ray Data actors; the Ray session is opened at the first item."""

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
    """Builds the map executor that the parameters name.

    Args:
        workers: processes or actors at most.
        backend: "local" or "ray".
        ray: values of `RayConfig`; read for Ray only.

    Returns:
        The executor, as `corpus.shards.fill` takes it.

    Raises:
        ConfigError: for another backend, or wrong values.
    """
    config = ray_config(backend, ray)
    return Processes(workers) if config is None else ActorPool(config, workers)
