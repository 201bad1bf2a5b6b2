"""Hook that ends the Ray session of a run."""

from kedro.framework.hooks import hook_impl


class RayHooks:
    """Ends the Ray session that nodes of a run opened, if any did, however the run ends."""

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Ends it."""
        self._end()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Ends it."""
        self._end()

    def _end(self) -> None:
        from v2meow_pipeline.executors.ray.session import close_session

        close_session()
