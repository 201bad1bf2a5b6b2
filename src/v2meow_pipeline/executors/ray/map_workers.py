"""Ordered map over a pool of Ray Data actors; import only while a Ray session is open."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pyarrow as pa
import ray
from ray import cloudpickle
from ray.data import ActorPoolStrategy, DataContext

from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.parallel import THREAD_VARIABLES

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
    again. The actors are released when all results are computed or the generator is closed.

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
    pool = ActorPoolStrategy(
        min_size=1, max_size=min(workers, len(calls)), max_tasks_in_flight_per_actor=config.calls_in_flight
    )
    results = ray.data.from_arrow(blocks).map_batches(
        MapWorker,
        fn_constructor_args=(cloudpickle.dumps(function),),
        batch_size=size,
        batch_format="pyarrow",
        compute=pool,
        num_cpus=1,
    )
    for batch in results.iter_batches(batch_size=None, prefetch_batches=0, batch_format="pyarrow"):
        for result in batch["result"]:
            succeeded, value = cloudpickle.loads(result.as_py())
            if not succeeded:
                raise value
            yield value
