"""Ray task pool: runs one function concurrently and returns results in order of completion."""

from collections.abc import Callable
from typing import Any

from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.session import open_session


class TaskPool:
    """Runs a function in Ray tasks.

    Ray restarts a task whose worker died, up to `RayConfig.max_failures` times.
    """

    def __init__(self, config: RayConfig, function: Callable[..., Any], shared: object, size: int) -> None:
        """Opens the Ray session and puts the shared argument into the object store.

        Args:
            config: Ray configuration; sets the resources of each task.
            function: importable function, called with `shared` and the arguments of `start`.
            shared: first argument of every call, picklable.
            size: number of concurrent tasks; CPUs and GPUs that the configuration does not set are divided by it.
        """
        open_session(config)
        import ray

        self._ray = ray
        available = int(ray.cluster_resources().get("CPU", 1))
        cpus = config.cpus_per_worker or (max(1, available // size) if config.is_local else 1)
        # Small tasks may share a GPU.
        gpus = ray.cluster_resources().get("GPU", 0) / size if config.use_gpu is None else float(config.use_gpu)
        options = {"num_cpus": cpus, "num_gpus": min(1.0, gpus), "max_retries": config.max_failures}
        self._task = ray.remote(function).options(**options)
        self._shared = ray.put(shared)

    def start(self, *arguments: object) -> Any:
        """Submits a task.

        Args:
            *arguments: arguments after `shared`, picklable.

        Returns:
            Task handle, hashable.
        """
        return self._task.remote(self._shared, *arguments)

    def wait(self, handles: list[Any]) -> tuple[Any, Any]:
        """Waits until one of the tasks has finished.

        Args:
            handles: handles of submitted tasks.

        Returns:
            Handle of the finished task and its return value; an exception of the function is raised here.
        """
        (ended,), _ = self._ray.wait(handles, num_returns=1)
        return ended, self._ray.get(ended)
