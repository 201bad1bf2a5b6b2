"""Hook that logs the steps of a run, with their duration, processor time and peak memory."""

import logging
import time
from typing import TYPE_CHECKING

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.hooks.usage import Usage, UsageMeter

if TYPE_CHECKING:
    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node

log = logging.getLogger(__name__)


class ProgressHooks:
    """Hook that logs each step of a run when it starts, and time and memory of all steps at the end."""

    def __init__(self) -> None:
        self._steps = 0
        self._started: dict[str, float] = {}
        self._seconds: dict[str, float] = {}
        self._usage: dict[str, Usage] = {}
        self._meter: UsageMeter | None = None

    @hook_impl
    def before_pipeline_run(self, pipeline: "Pipeline") -> None:
        """Resets the state; one process may run several pipelines."""
        self._steps = len(pipeline.nodes)
        for values in (self._started, self._seconds, self._usage):
            values.clear()

    @hook_impl
    def before_node_run(self, node: "Node") -> None:
        """Logs the step, and starts to measure it."""
        self._started[node.name] = time.monotonic()
        log.info("Step %d of %d: %s", len(self._started), self._steps, node.name)
        self._meter = UsageMeter()

    @hook_impl
    def after_node_run(self, node: "Node") -> None:
        """Records time and memory of the step."""
        self._record(node.name)

    @hook_impl
    def on_node_error(self, node: "Node") -> None:
        """Logs time and memory of the finished steps and of the failed one."""
        self._record(node.name)
        self._log()

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Logs time and memory of all steps, also as metrics of the MLflow run."""
        from v2meow_pipeline.tracking.runs import log_metrics

        self._log()
        log_metrics({f"seconds/{name}": seconds for name, seconds in self._seconds.items()})
        log_metrics({f"cpu_seconds/{name}": usage.cpu_s for name, usage in self._usage.items()})
        log_metrics({f"peak_gib/{name}": usage.peak_gib for name, usage in self._usage.items()})

    def _record(self, name: str) -> None:
        meter, self._meter = self._meter, None
        if meter is not None:
            self._usage[name] = meter.stop()
            self._seconds[name] = time.monotonic() - self._started[name]

    def _log(self) -> None:
        for name, (cpu_s, peak_gib) in self._usage.items():
            log.info("%8.1f s %8.1f s of processor time %6.2f GiB  %s", self._seconds[name], cpu_s, peak_gib, name)
