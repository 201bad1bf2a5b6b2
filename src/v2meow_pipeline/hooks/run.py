"""Hooks that reject unknown `--params`, and let an interrupted run exit cleanly."""

import logging
import threading
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.run_errors import end_on_signals, restore_signals

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext


log = logging.getLogger(__name__)


class RunHooks:
    """Hook that checks parameters before all other hooks, and installs signal handlers during a run."""

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: "KedroContext") -> None:
        """Rejects unknown `--params`, and warns of settings in conf/local that this environment does not read."""
        loader = context.config_loader
        tell_of_local(Path(loader.conf_source) / "local", context.env)
        given, loader.runtime_params = loader.runtime_params, {}
        try:
            known = loader["parameters"]
        finally:
            loader.runtime_params = given
        refuse_unknown(given or {}, known)

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self) -> None:
        """Installs the handlers of SIGINT, SIGTERM and SIGHUP."""
        if threading.current_thread() is threading.main_thread():
            end_on_signals()

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Restores the signal handlers of the calling program, such as a notebook."""
        restore_signals()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Restores the signal handlers."""
        restore_signals()


def tell_of_local(folder: Path, env: str | None) -> None:
    """Warns if conf/local has settings that the run ignores: Kedro merges base with one environment only.

    Args:
        folder: folder `conf/local`.
        env: configuration environment of the run; None is `local`.
    """
    files = sorted(path.name for path in folder.rglob("*.yml")) if folder.is_dir() else []
    if files and env not in (None, folder.name):
        log.warning("--env %s does not read conf/local (%s): see docs/how-to/settings.md.", env, ", ".join(files))


def refuse_unknown(given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Raises on unknown top-level parameters; nested keys are validated by the configuration classes.

    Args:
        given: parameters of the command line.
        known: parameters of the configuration.

    Raises:
        ConfigError: when a parameter is unknown; the message suggests the closest name.
    """
    for name in given:
        if name not in known:
            closest = get_close_matches(name, known, n=1)
            remedy = f"Did you mean {closest[0]}?" if closest else f"Known parameters: {', '.join(sorted(known))}."
            raise ConfigError(f"There is no parameter {name!r}.", remedy)
