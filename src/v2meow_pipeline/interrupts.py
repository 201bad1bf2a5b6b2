"""Interrupts that arrive inside `__del__` or a callback, where Python discards exceptions, are raised again."""

import signal
import sys
import threading
from types import FrameType

# Time until the interrupt is raised again: longer than a `__del__`, shorter than a person notices.
DELAY_S = 0.1


def raise_discarded_again() -> None:
    """Raises KeyboardInterrupt and SystemExit again that a signal handler raised where Python discards exceptions.

    A handler runs between any two instructions of the main thread, also inside a `__del__` or a callback of a weak
    reference. Python reports exceptions from there to `sys.unraisablehook` and goes on, so that a program would run
    to its end though it was interrupted. Call it from the main thread.
    """
    previous = sys.unraisablehook

    def again(discarded: "sys.UnraisableHookArgs") -> None:
        error = discarded.exc_value
        in_main_thread = threading.current_thread() is threading.main_thread()
        if not in_main_thread or not isinstance(error, KeyboardInterrupt | SystemExit):
            previous(discarded)
            return
        kind, arguments = type(error), error.args

        def interrupt(_number: int, _frame: FrameType | None) -> None:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            raise kind(*arguments)

        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, DELAY_S)

    sys.unraisablehook = again
