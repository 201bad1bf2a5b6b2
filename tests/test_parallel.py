"""Work spread over processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from v2meow_pipeline.errors import MediaError, V2MeowError
from v2meow_pipeline.parallel import ITEMS_AHEAD, one_pool, parallel_map


def _square(value: int) -> int:
    return value * value


def _threads(_: int) -> str:
    return os.environ["OMP_NUM_THREADS"]


def _fail(value: int) -> int:
    raise MediaError("broken", f"Item {value} is broken.", "Mend it.")


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    """Catches results that come as they finish, which would attach features to the wrong clip."""
    assert list(parallel_map(_square, range(20), workers, "squares")) == [n * n for n in range(20)]


@pytest.mark.parametrize("workers", [1, 2])
def test_items_are_taken_shortly_before_they_are_processed(workers: int) -> None:
    """Catches an iterator of large arrays that is read to its end before the first result."""
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(1, 101):
            taken = number
            yield number

    results = parallel_map(_square, items(), workers, "squares", total=100)
    assert next(results) == 1 and taken <= workers * ITEMS_AHEAD
    assert list(results) == [n * n for n in range(2, 101)]


def test_each_worker_has_one_thread_and_the_parent_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches workers that each take every core, which is many times slower than one thread each."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert set(parallel_map(_threads, range(4), 2, "threads")) == {"1"}
    assert os.environ["OMP_NUM_THREADS"] == "7"


def _process(_: int) -> int:
    time.sleep(0.05)  # so that one process does not take all items
    return os.getpid()


def test_calls_share_processes_within_one_pool_only() -> None:
    """Catches workers that import their packages anew for every step of an evaluation, and ones that stay for ever."""
    with one_pool():
        first = set(parallel_map(_process, range(8), 2, "one"))
        with pytest.raises(MediaError):
            list(parallel_map(_fail, range(8), 2, "failures"))
        with one_pool():
            second = set(parallel_map(_process, range(8), 2, "two"))
        assert set(parallel_map(_process, range(8), 2, "three")) | second | first == first and len(first) == 2
        assert all(map(_runs, first))
    assert not any(map(_runs, first))
    assert not first & set(parallel_map(_process, range(8), 2, "four"))


def test_an_error_keeps_its_reason_across_processes() -> None:
    """Catches an error that arrives without its cause, or as a failure to unpickle it."""
    with pytest.raises(MediaError) as caught:
        list(parallel_map(_fail, range(4), 2, "failures"))
    assert caught.value.reason == "broken"
    assert caught.value.remedy == "Mend it."


def _die(value: int) -> int:
    if value == 3:
        os.kill(os.getpid(), signal.SIGSEGV)
    return value


def test_a_process_that_dies_is_told_in_a_line() -> None:
    """Catches "a process in the process pool was terminated abruptly", under a traceback."""
    with pytest.raises(V2MeowError, match=r"terminated \(dying; \d of 8 items are not done\)"):
        list(parallel_map(_die, range(8), 2, "dying"))


FOREVER = """
import os, pathlib, sys, time
sys.path.insert(0, sys.argv[2])
from forever import wait
from v2meow_pipeline.parallel import parallel_map
if __name__ == "__main__":
    list(parallel_map(wait, [sys.argv[1]] * 2, 2, "waiting"))
"""
WAIT = """
import os, pathlib, time
def wait(folder):
    pathlib.Path(folder, str(os.getpid())).touch()
    time.sleep(600)
"""


def _runs(pid: int) -> bool:
    """Whether a process exists and is not a zombie that nobody has reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """Catches workers that a killed run leaves behind, holding memory until the machine is restarted."""
    (tmp_path / "forever.py").write_text(WAIT)
    (tmp_path / "main.py").write_text(FOREVER)
    (tmp_path / "pids").mkdir()
    process = subprocess.Popen([sys.executable, tmp_path / "main.py", tmp_path / "pids", tmp_path])
    deadline = time.monotonic() + 60
    while len(list((tmp_path / "pids").iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    workers = [int(path.name) for path in (tmp_path / "pids").iterdir()]
    assert len(workers) == 2
    while any(map(_runs, workers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_runs, workers))
