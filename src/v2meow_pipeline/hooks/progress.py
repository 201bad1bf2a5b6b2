"""Hook that logs the steps of a run and their durations."""

import logging
import time
from typing import TYPE_CHECKING

from kedro.framework.hooks import hook_impl

if TYPE_CHECKING:
    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node

log = logging.getLogger(__name__)


class ProgressHooks:
    """Hook that logs each step of a run when it starts, and the duration of all steps at the end."""

    def __init__(self) -> None:
        self._steps = 0
        self._started: dict[str, float] = {}
        self._seconds: dict[str, float] = {}

    @hook_impl
    def before_pipeline_run(self, pipeline: "Pipeline") -> None:
        """Resets the state; one process may run several pipelines."""
        self._steps = len(pipeline.nodes)
        self._started.clear()
        self._seconds.clear()

    @hook_impl
    def before_node_run(self, node: "Node") -> None:
        """Logs the step and records its start time."""
        self._started[node.name] = time.monotonic()
        log.info("Step %d of %d: %s", len(self._started), self._steps, node.name)

    @hook_impl
    def after_node_run(self, node: "Node") -> None:
        """Records the duration of the step."""
        self._seconds[node.name] = time.monotonic() - self._started[node.name]

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Logs the durations, also as metrics of the MLflow run."""
        from v2meow_pipeline.tracking.runs import log_metrics

        for name, seconds in self._seconds.items():
            log.info("%8.1f s  %s", seconds, name)
        log_metrics({f"seconds/{name}": seconds for name, seconds in self._seconds.items()})
