"""Signals in commands that tests start."""

import signal


def accept_signals() -> None:
    """A test run in the background of a shell, or with nohup, ignores signals, and so would the commands it starts."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
