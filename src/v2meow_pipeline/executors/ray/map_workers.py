"""A pool of Ray Data's actors that calls a function on items; imported once a session is open."""

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
    """An actor: calls one function on whatever it is given, and sends back what came of it, errors too."""

    def __init__(self, function: bytes) -> None:
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))  # before what it needs is imported
        self._function: Callable[[Any], Any] = cloudpickle.loads(function)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """The results of the items, in order."""
        results = [self._call(item.as_py()) for item in batch["item"]]
        return pa.table({"result": pa.array(results, pa.large_binary())})

    def _call(self, item: bytes) -> bytes:
        try:
            return cloudpickle.dumps((True, self._function(cloudpickle.loads(item))))
        except Exception as error:  # noqa: BLE001  (it is raised again where the items came from)
            return cloudpickle.dumps((False, error))


def map_in_actors(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int, config: RayConfig
) -> Iterator[Result]:
    """`function` of each item, in the order of `items`, computed in a streaming pool of actors.

    The pool grows to what the cluster has room for, also later; an actor that is lost is replaced, and what it had not
    finished is done again. When all is done, or the caller stops asking, the actors give back their processors.

    Args:
        function: importable by name, or a `functools.partial` of such.
        items: what it is called with.
        workers: actors at most, with a processor each.
        config: how much an actor is given at a time, and how much may wait at it.

    Yields:
        The results; the first error that `function` raised is raised here.
    """
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = DataContext.get_current()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.execution_options.preserve_order = True
    sent = [cloudpickle.dumps(item) for item in items]
    size = config.shards_per_call
    calls = [sent[first : first + size] for first in range(0, len(sent), size)]
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
            worked, value = cloudpickle.loads(result.as_py())
            if not worked:
                raise value
            yield value
