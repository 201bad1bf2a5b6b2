"""Map executor on Ray actors; the local one is `parallel.Processes`."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.session import open_session
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
