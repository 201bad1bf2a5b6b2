"""Hook that tells a webhook or a command how a run has ended."""

import time
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.hooks.run_name import run_name

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext


class NotifyHooks:
    """Tells a webhook or a command how a run of a pipeline that somebody waits for has ended."""

    def __init__(self) -> None:
        self._settings: dict[str, Any] = {}
        self._env = ""
        self._started = 0.0

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Remembers who is to be told."""
        self._settings, self._env = dict(context.config_loader["notify"]), str(context.env or "local")

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Starts the clock."""
        self._started = time.monotonic()

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any], run_result: dict[str, Any]) -> None:
        """Tells the results that are JSON objects, such as a decision."""
        self._tell(run_params, None, run_result)

    @hook_impl(trylast=True)
    def on_pipeline_error(self, error: Exception, run_params: dict[str, Any]) -> None:
        """Tells why it failed."""
        self._tell(run_params, " ".join(str(error).split()), {})

    def _tell(self, run_params: dict[str, Any], error: str | None, outputs: dict[str, Any]) -> None:
        from v2meow_pipeline.experiments.retraining.notify import Ending, NotifyConfig, notify

        config, pipeline = NotifyConfig.parse(self._settings), run_name(run_params)
        if pipeline not in config.pipelines or (config.webhook is None and config.command is None):
            return
        results = {name: value for name, dataset in outputs.items() if isinstance(value := dataset.load(), dict)}
        notify(config, Ending(pipeline, self._env, time.monotonic() - self._started, error, results))
