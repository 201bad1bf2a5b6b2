"""Hook that closes the Ray session of a run."""

from kedro.framework.hooks import hook_impl


class RayHooks:
    """Hook that closes the Ray session, if a node opened one, when the run ends or fails."""

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Closes the Ray session."""
        self._end()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Closes the Ray session."""
        self._end()

    def _end(self) -> None:
        from v2meow_pipeline.executors.ray.session import close_session

        close_session()
