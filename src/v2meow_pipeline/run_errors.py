"""How `kedro run` ends when it fails or is interrupted: in a line that says what to do, as `v2meow` does."""

import os
import signal
import sys
from types import FrameType, TracebackType
from typing import Any

from v2meow_pipeline.errors import V2MeowError

USAGE_ERROR, INTERRUPTED = 2, 130
# Set, the whole traceback is shown.
VARIABLE = "V2MEOW_TRACEBACK"

_handlers_before: dict[signal.Signals, Any] = {}


def install() -> None:
    """Lets errors that a person can mend end in one line, in this process."""
    shown_before = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, at: TracebackType | None) -> None:
        line = None if os.environ.get(VARIABLE) else one_line(error)
        if line is None:
            shown_before(kind, error, at)
            return
        print(f"kedro run: {line}", file=sys.stderr)
        raise SystemExit(USAGE_ERROR)

    sys.excepthook = show


def one_line(error: BaseException) -> str | None:
    """What is said of an error.

    Args:
        error: that ended a run.

    Returns:
        Cause and remedy, of the error or of one that caused it; None for a fault of ours, whose traceback is wanted.
    """
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        if isinstance(cause, V2MeowError):
            return " ".join(str(cause).split())
        if isinstance(cause, FileNotFoundError):
            missing = cause.filename or " ".join(str(cause).split())
            return f"{missing} is missing. Run the pipeline that makes it first; `kedro run` makes everything."
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return None


def end_on_signals() -> None:
    """Ctrl-C and SIGTERM end a run as an exit does, so that everything is closed on the way out."""
    for number in (signal.SIGINT, signal.SIGTERM):
        _handlers_before.setdefault(number, signal.signal(number, _end))


def restore_signals() -> None:
    """What Ctrl-C and SIGTERM did before `end_on_signals`."""
    while _handlers_before:
        number, handler = _handlers_before.popitem()
        signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> None:
    restore_signals()
    print("Interrupted; the same command continues.", file=sys.stderr, flush=True)
    raise SystemExit(INTERRUPTED)
