"""Exit behaviour of `kedro run` on errors and interrupts: one line with the remedy instead of a traceback."""

import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Any

from v2meow_pipeline.errors import V2MeowError

USAGE_ERROR, INTERRUPTED = 2, 130
# Environment variable; if set, the full traceback is shown.
VARIABLE = "V2MEOW_TRACEBACK"

_handlers_before: dict[signal.Signals, Any] = {}


def install() -> None:
    """Installs an exception hook that prints errors that the user can fix in one line."""
    previous_hook = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
        line = None if os.environ.get(VARIABLE) else one_line(error)
        if line is None:
            previous_hook(kind, error, at)
            return
        print(f"kedro run: {line}", file=sys.stderr)
        raise SystemExit(USAGE_ERROR)

    sys.excepthook = show


def one_line(error: BaseException) -> str | None:
    """One-line message of an error.

    Args:
        error: exception that ended a run.

    Returns:
        Problem and remedy of the error or of one of its causes; None for unexpected errors, which need a traceback.
    """
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, V2MeowError):
            return " ".join(str(cause).split())
        if isinstance(cause, FileNotFoundError):
            missing = cause.filename or " ".join(str(cause).split())
            return f"{missing} is missing. Run the pipeline that makes it first; `kedro run` runs all pipelines."
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return None


def end_on_signals() -> None:
    """Installs handlers by which Ctrl-C and SIGTERM raise SystemExit, so that resources are closed."""
    for number in (signal.SIGINT, signal.SIGTERM):
        _handlers_before.setdefault(number, signal.signal(number, _end))


def restore_signals() -> None:
    """Restores the handlers that `end_on_signals` replaced."""
    while _handlers_before:
        number, handler = _handlers_before.popitem()
        signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> None:
    restore_signals()
    print("Interrupted. Run the same command again to continue.", file=sys.stderr, flush=True)
    raise SystemExit(INTERRUPTED)
