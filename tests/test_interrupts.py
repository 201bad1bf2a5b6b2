"""Interrupts reach the program, wherever it is when they come."""

import os
import signal
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from v2meow_pipeline.interrupts import raise_discarded_again


class _Resource:
    """Closes itself when it is collected, like a Git repository of GitPython."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


def _in_del() -> None:
    _Resource()


def _in_a_callback() -> None:
    resource = type("Resource", (), {})()
    reference = weakref.ref(resource, lambda _: os.kill(os.getpid(), signal.SIGTERM))
    del resource
    assert reference() is None


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The handlers of this process are the same afterwards."""
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("where", [_in_del, _in_a_callback])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(130)])
@pytest.mark.usefixtures("handlers")
def test_an_interrupt_that_python_discards_is_raised_again(where: Callable[[], None], error: BaseException) -> None:
    """Catches a run that says that it was interrupted, goes on, and is recorded as finished."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise error

    raise_discarded_again()
    signal.signal(signal.SIGTERM, end)
    where()
    with pytest.raises(type(error)) as caught:
        time.sleep(5)
    assert caught.value.args == error.args


@pytest.mark.usefixtures("handlers")
def test_other_discarded_errors_are_reported_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches errors of a destructor that nobody sees."""
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda discarded: told.append(discarded.exc_value))
    raise_discarded_again()

    class Broken:
        def __del__(self) -> None:
            raise ValueError("broken")

    Broken()
    assert [str(error) for error in told] == ["broken"]
