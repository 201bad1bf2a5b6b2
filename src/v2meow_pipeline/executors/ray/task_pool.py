"""Ray tasks that run one function, several at once, and give their results in the order in which they end."""

from collections.abc import Callable
from typing import Any

from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.session import open_session


class TaskPool:
    """Runs a function in tasks on Ray.

    A task whose worker dies is started again by Ray, up to `RayConfig.max_failures` times.
    """

    def __init__(self, config: RayConfig, function: Callable[..., Any], shared: object, size: int) -> None:
        """Opens the session and sends what all tasks share once.

        Args:
            config: which Ray, and what each task gets of it.
            function: importable; called with `shared` and the arguments of `start`.
            shared: picklable, first argument of every call.
            size: tasks at once, among which processors and GPUs are divided where the configuration does not say.
        """
        open_session(config)
        import ray

        self._ray = ray
        there_are = int(ray.cluster_resources().get("CPU", 1))
        cpus = config.cpus_per_worker or (max(1, there_are // size) if config.is_local else 1)
        # Tasks may share a GPU: what a small one leaves idle is another's.
        gpus = ray.cluster_resources().get("GPU", 0) / size if config.use_gpu is None else float(config.use_gpu)
        options = {"num_cpus": cpus, "num_gpus": min(1.0, gpus), "max_retries": config.max_failures}
        self._task = ray.remote(function).options(**options)
        self._shared = ray.put(shared)

    def start(self, *arguments: object) -> Any:
        """Starts a task.

        Args:
            *arguments: picklable.

        Returns:
            Its handle, hashable.
        """
        return self._task.remote(self._shared, *arguments)

    def wait(self, handles: list[Any]) -> tuple[Any, Any]:
        """Waits for the first task to end.

        Args:
            handles: of tasks that were started.

        Returns:
            Its handle, and what the function returned; what it raised is raised.
        """
        (ended,), _ = self._ray.wait(handles, num_returns=1)
        return ended, self._ray.get(ended)
