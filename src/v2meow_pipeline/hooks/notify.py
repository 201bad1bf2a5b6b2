"""Hook that notifies a webhook or a command of the end of a run."""

import time
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.hooks.run_name import run_name

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext


class NotifyHooks:
    """Hook that sends a notification when a run of a configured pipeline ends."""

    def __init__(self) -> None:
        self._settings: dict[str, Any] = {}
        self._env = ""
        self._started = 0.0

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Stores the notification settings and the environment."""
        self._settings, self._env = dict(context.config_loader["notify"]), str(context.env or "local")

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Records the start time."""
        self._started = time.monotonic()

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any], run_result: dict[str, Any]) -> None:
        """Notifies of success, with the results that are JSON objects, such as a promotion decision."""
        self._notify(run_params, None, run_result)

    @hook_impl(trylast=True)
    def on_pipeline_error(self, error: Exception, run_params: dict[str, Any]) -> None:
        """Notifies of the failure, with the error message."""
        self._notify(run_params, " ".join(str(error).split()), {})

    def _notify(self, run_params: dict[str, Any], error: str | None, outputs: dict[str, Any]) -> None:
        from v2meow_pipeline.experiments.retraining.notify import Ending, NotifyConfig, notify

        config, pipeline = NotifyConfig.parse(self._settings), run_name(run_params)
        if pipeline not in config.pipelines or (config.webhook is None and config.command is None):
            return
        results = {name: value for name, dataset in outputs.items() if isinstance(value := dataset.load(), dict)}
        notify(config, Ending(pipeline, self._env, time.monotonic() - self._started, error, results))
