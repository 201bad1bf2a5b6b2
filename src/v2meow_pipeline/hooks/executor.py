"""Hook that gives nodes the executor of the run, and closes the Ray session that a node opened."""

from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

if TYPE_CHECKING:
    from kedro.io import DataCatalog

# Dataset name of the executor; nodes that map, train or run trials have it among their inputs.
EXECUTOR = "executor"


class ExecutorHooks:
    """Hook that parses the executor from the parameters once, and closes the Ray session when the run ends or fails.

    The executor is a dataset of the catalog and not the output of a node, so that any part of a pipeline can be run.
    """

    @hook_impl
    def after_catalog_created(self, catalog: "DataCatalog", parameters: dict[str, Any]) -> None:
        """Adds the executor to the catalog."""
        from kedro.io import MemoryDataset

        from v2meow_pipeline.executors.executor import Executor

        catalog[EXECUTOR] = MemoryDataset(Executor.of(parameters["parameters"]), copy_mode="assign")

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Closes the Ray session."""
        self._close_session()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Closes the Ray session."""
        self._close_session()

    def _close_session(self) -> None:
        from v2meow_pipeline.executors.ray.session import close_session

        close_session()
