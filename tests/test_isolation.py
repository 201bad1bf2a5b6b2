"""Work in a process of its own."""

import os
import signal
import time

import pytest

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.isolation import Isolated, ProcessDied, TimeLimit


def _do(what: str) -> tuple[str, int]:
    if what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "leave":
        os._exit(3)
    if what == "sleep":
        time.sleep(60)
    if what == "grow":
        bytearray(3 << 30)
    if what == "fail":
        raise MediaError("broken", "It is broken.", "Mend it.")
    return what, os.getpid()


@pytest.fixture
def isolated() -> "Isolated[str, tuple[str, int]]":
    return Isolated(_do, __name__)


def test_one_process_serves_many_items(isolated: "Isolated[str, tuple[str, int]]") -> None:
    """Catches a start of a second for each of a thousand files."""
    (_, first), (_, second) = isolated("a", 30), isolated("b", 30)
    assert first == second != os.getpid()


@pytest.mark.parametrize(("what", "told"), [("crash", "SIGSEGV"), ("leave", "exit code 3")])
def test_a_crash_costs_one_item(isolated: "Isolated[str, tuple[str, int]]", what: str, told: str) -> None:
    """Catches a run that ends, and an error that does not say how."""
    with pytest.raises(ProcessDied, match=told):
        isolated(what, 30)
    assert isolated("next", 30)[0] == "next"


def test_time_and_memory_are_limited(isolated: "Isolated[str, tuple[str, int]]") -> None:
    """Catches one file that stops a night's work, or fills the machine's memory."""
    with pytest.raises(TimeLimit):
        isolated("sleep", 0.5)
    with pytest.raises(MemoryError):
        isolated("grow", 30)
    assert isolated("next", 30)[0] == "next"


def test_an_error_keeps_its_reason(isolated: "Isolated[str, tuple[str, int]]") -> None:
    """Catches an error that arrives as another one."""
    with pytest.raises(MediaError) as caught:
        isolated("fail", 30)
    assert caught.value.reason == "broken"
