"""Ordered map over a pool of Ray Data actors; import only while a Ray session is open."""

import logging
import math
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pyarrow as pa
import ray
from ray import cloudpickle
from ray.data import ActorPoolStrategy, DataContext

from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.parallel import THREAD_VARIABLES

# Ray's resolution of fractional resources.
PRECISION = 10_000

Item = TypeVar("Item")
Result = TypeVar("Result")


class MapWorker:
    """Ray Data actor that applies one function to each item and returns the results or exceptions, pickled."""

    def __init__(self, function: bytes) -> None:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # must precede the imports of the function
        self._function: Callable[[Any], Any] = cloudpickle.loads(function)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Returns the results of the items, in order."""
        results = [self._call(item.as_py()) for item in batch["item"]]
        return pa.table({"result": pa.array(results, pa.large_binary())})

    def _call(self, item: bytes) -> bytes:
        try:
            return cloudpickle.dumps((True, self._function(cloudpickle.loads(item))))
        except Exception as error:  # noqa: BLE001  (raised again in the driver)
            return cloudpickle.dumps((False, error))


def map_in_actors(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int, config: RayConfig
) -> Iterator[Result]:
    """Applies a function to each item in an autoscaling actor pool; yields the results in order.

    The pool grows while the cluster has free CPUs. A failed actor is replaced and its unfinished items are computed
    again. The actors are released when all results are computed or the generator is closed. On a local Ray they share
    the GPUs evenly; on a cluster, where machines without GPUs take part, they reserve none.

    Args:
        function: function importable by name, or a `functools.partial` of one.
        items: arguments of the calls, picklable.
        workers: maximum number of actors, each with one CPU.
        config: Ray configuration; sets shards per call and calls in flight.

    Yields:
        Results in the order of `items`; the first exception raised by `function` is raised here.
    """
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    pickled = [cloudpickle.dumps(item) for item in items]
    size = config.shards_per_call
    calls = [pickled[first : first + size] for first in range(0, len(pickled), size)]
    blocks = [pa.table({"item": pa.array(call, pa.large_binary())}) for call in calls]
    actors = min(workers, len(calls))
    pool = ActorPoolStrategy(min_size=1, max_size=actors, max_tasks_in_flight_per_actor=config.calls_in_flight)
    results = ray.data.from_arrow(blocks).map_batches(
        MapWorker,
        fn_constructor_args=(cloudpickle.dumps(function),),
        batch_size=size,
        batch_format="pyarrow",
        compute=pool,
        num_cpus=1,
        num_gpus=_gpus_of_each(actors, config) or None,
    )
    for batch in results.iter_batches(batch_size=None, prefetch_batches=0, batch_format="pyarrow"):
        for result in batch["result"]:
            succeeded, value = cloudpickle.loads(result.as_py())
            if not succeeded:
                raise value
            yield value


def _gpus_of_each(actors: int, config: RayConfig) -> float:
    if not config.is_local or config.use_gpu is False:
        return 0.0
    there = ray.cluster_resources()
    return gpu_share(there.get("GPU", 0), min(actors, max(1, int(there.get("CPU", 1)))))


def gpu_share(gpus: float, actors: int) -> float:
    """GPUs of each actor: without a share, Ray would let every actor use the first GPU of its machine.

    Args:
        gpus: number of GPUs of the cluster.
        actors: number of actors.

    Returns:
        A fraction of a GPU, rounded down so that all actors fit; one GPU at most, and 0 without GPUs.
    """
    on_each = math.ceil(actors / gpus) if gpus else 0
    return math.floor(PRECISION / max(1, on_each)) / PRECISION if gpus else 0.0
