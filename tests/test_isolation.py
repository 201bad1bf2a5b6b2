"""Work in a process of its own."""

import multiprocessing
import os
import pickle
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.isolation import Isolated, ProcessDied, TimeLimit


def _do(what: str) -> tuple[str, int]:
    if what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "leave":
        os._exit(3)
    if what == "sleep":
        time.sleep(600)
    if what == "wait":
        time.sleep(2)
    if what == "compute":
        while True:
            pass
    if what == "grow":
        bytearray(3 << 30)
    if what == "divide":
        return what, 1 // 0
    if what == "fail":
        raise MediaError("broken", "It is broken.", "Mend it.")
    return what, os.getpid()


@pytest.fixture
def isolated() -> "Isolated[str, tuple[str, int]]":
    return Isolated(_do, tuple[str, int], __name__)


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
    for what, told in (("sleep", "longer than 10 s"), ("compute", "1 s of processor time")):
        with pytest.raises(TimeLimit, match=told):
            isolated(what, 1)
    with pytest.raises(MemoryError):
        isolated("grow", 30)
    assert isolated("next", 30)[0] == "next"


def test_time_in_which_it_waits_for_a_processor_does_not_count(isolated: "Isolated[str, tuple[str, int]]") -> None:
    """Catches good files that are refused since other programs keep the machine busy."""
    assert isolated("wait", 1)[0] == "wait"


def test_an_error_keeps_its_reason(isolated: "Isolated[str, tuple[str, int]]") -> None:
    """Catches an error that arrives as another one."""
    with pytest.raises(MediaError) as caught:
        isolated("fail", 30)
    assert caught.value.reason == "broken"
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        isolated("divide", 30)


class _Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.marker,)


def _answer(pipe: Connection, data: bytes) -> None:
    """Stands for a process that a file has taken control of."""
    pipe.recv()
    pipe.send_bytes(data)
    pipe.recv()


@pytest.mark.parametrize("data", [None, b"{}", b'{"result": 5}', b"[" * 100_000, b'{"error": 5}', b"\xff"])
def test_an_answer_runs_no_code(isolated: "Isolated[str, tuple[str, int]]", data: bytes | None, tmp_path: Path) -> None:
    """Catches an answer that is unpickled, and a traceback for one that makes no sense."""
    marker = tmp_path / "exploded"
    context = multiprocessing.get_context("fork")
    isolated._pipe, theirs = context.Pipe()
    isolated._process = context.Process(target=_answer, args=(theirs, data or pickle.dumps(_Bomb(marker))), daemon=True)
    isolated._process.start()
    with pytest.raises(ProcessDied, match="invalid answer"):
        isolated("a", 30)
    assert not marker.exists()
    assert isolated("next", 30)[0] == "next"
