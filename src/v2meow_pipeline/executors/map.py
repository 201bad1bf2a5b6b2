"""Over what shards are spread: processes of this machine, or actors on Ray. Both run the same functions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from v2meow_pipeline.executors.ray.config import RayConfig, ray_config
from v2meow_pipeline.executors.ray.session import open_session
from v2meow_pipeline.parallel import Processes, Spread
from v2meow_pipeline.progress import track

Item = TypeVar("Item")
Result = TypeVar("Result")


class Actors:
    """Spreads work over a pool of `workers` actors of Ray Data; nothing is opened where there is nothing to do."""

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


def spread_over(workers: int, backend: str, ray: dict[str, Any]) -> Spread:
    """What spreads shards over workers, on the backend that parameters ask for.

    Args:
        workers: processes or actors at most.
        backend: "local" or "ray".
        ray: values of `RayConfig`; looked at for Ray only.

    Returns:
        What `corpus.shards.fill` takes. Wrong values are a ConfigError.
    """
    config = ray_config(backend, ray)
    return Processes(workers) if config is None else Actors(config, workers)
