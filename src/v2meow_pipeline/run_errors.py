"""Exit behaviour of `kedro run` on errors and interrupts: one line with the remedy instead of a traceback."""

import errno
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.interrupts import raise_discarded_again

USAGE_ERROR, INTERRUPTED = 2, 130
NO_SPACE = frozenset([errno.ENOSPC, errno.EDQUOT])
NOT_ALLOWED = frozenset([errno.EACCES, errno.EPERM, errno.EROFS])
# Environment variable; if set, the full traceback is shown.
VARIABLE = "V2MEOW_TRACEBACK"

_handlers_before: dict[signal.Signals, Any] = {}


def install() -> None:
    """Installs an exception hook that prints errors that the user can fix in one line.

    Interrupts that Python would discard are raised again, see `interrupts`.
    """
    raise_discarded_again()
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
    causes = list(_causes(error))
    for cause in causes:  # whatever was made of it, such as "validation failed"
        if _is_full_disk(cause):
            # A file that was copied to a full disk has two names.
            filename = getattr(cause, "filename2", None) or getattr(cause, "filename", None)
            place = f" while {filename} was written" if filename else ""
            return f"The disk is full{place}. Free some space, and run the same command again to continue."
    for cause in causes:
        if isinstance(cause, V2MeowError):
            return " ".join(str(cause).split())
        if isinstance(cause, FileNotFoundError):
            missing = cause.filename or " ".join(str(cause).split())
            remedy = "Run the pipeline that makes it first, with the same --env; `kedro run` runs all pipelines."
            return f"{missing} is missing. {remedy}"
        if isinstance(cause, OSError) and cause.errno in NOT_ALLOWED:
            return f"{cause.filename or 'A file'}: {cause.strerror}. Check its permissions."
    return None


def _is_full_disk(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in NO_SPACE


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and those from which it came, outermost first."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__


def end_on_signals() -> None:
    """Installs handlers by which Ctrl-C, SIGTERM and SIGHUP raise SystemExit, so that resources are closed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores it
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
