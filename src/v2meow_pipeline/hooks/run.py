"""Kedro hooks that refuse parameters that there are not, and end a run in order when it is interrupted."""

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
    """The first to see a run, and the last."""

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: "KedroContext") -> None:
        """Refuses `--params` that nothing reads, and tells of settings that this environment does not read."""
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
        """Takes Ctrl-C and SIGTERM for an order to end."""
        if threading.current_thread() is threading.main_thread():
            end_on_signals()

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Gives the signals back to whoever started the run, such as a notebook."""
        restore_signals()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Gives the signals back."""
        restore_signals()


def tell_of_local(folder: Path, env: str | None) -> None:
    """Warns of a person's own settings beside another environment: Kedro lays one folder over base, not two.

    Args:
        folder: `conf/local`.
        env: of the run; None is `local`.
    """
    files = sorted(path.name for path in folder.rglob("*.yml")) if folder.is_dir() else []
    if files and env not in (None, folder.name):
        log.warning("--env %s does not read conf/local (%s): see docs/how-to/settings.md.", env, ", ".join(files))


def refuse_unknown(given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Refuses parameters whose names nothing reads; below a known table its own settings know what they are.

    Args:
        given: of the command line.
        known: of the configuration.

    Raises:
        ConfigError: naming the nearest one there is.
    """
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"Did you mean {near[0]}?" if near else f"There are {', '.join(sorted(known))}."
            raise ConfigError(f"There is no parameter {name!r}.", meant)
