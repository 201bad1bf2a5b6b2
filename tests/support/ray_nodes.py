"""A Ray cluster of several nodes on this machine, each with its own raylet and store, that can be killed one by one."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.support.project import command

# Nodes that join others are what this switch of Ray allows; they are told to keep to loopback instead.
SWITCH = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1", "RAY_worker_niceness": "0"}


class Nodes:
    """A head without processors, and nodes with one each."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="v2m-"))  # short: sockets lie in it
        self.address = f"127.0.0.1:{_free_port()}"
        self.started: list[subprocess.Popen[bytes]] = []
        port = self.address.split(":")[1]
        self._start(
            "--head", f"--port={port}", "--include-dashboard=false", "--num-cpus=0", f"--temp-dir={self.folder}"
        )

    def add(self) -> subprocess.Popen[bytes]:
        """One more node."""
        return self._start(f"--address={self.address}", "--num-cpus=1")

    def stop(self) -> None:
        """Ends all of them."""
        for process in reversed(self.started):
            kill_with_children(process.pid)
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        common = ("--node-ip-address=127.0.0.1", "--block", "--disable-usage-stats", "--object-store-memory=100000000")
        with (self.folder / f"node-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [command("ray"), "start", *words, *common],
                env={**os.environ, **SWITCH},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        self._wait_for(len(self.started), process)
        return process

    def _wait_for(self, nodes: int, process: subprocess.Popen[bytes]) -> None:
        """Until so many nodes were started: each says so in its log."""
        log = self.folder / f"node-{nodes - 1}.log"
        deadline = time.monotonic() + 60
        while b"Ray runtime started" not in log.read_bytes():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.1)


def kill_with_children(pid: int) -> None:
    """`kill -9` of a process and of all that it started, as when a machine is lost."""
    children = [child for child in _processes() if parent(child) == pid]
    for child in children:
        kill_with_children(child)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_trainers(reached: Callable[[], bool], killed: list[int]) -> None:
    """`kill -9` of the processes that train, once a condition holds; what was killed is added to the list."""
    deadline = time.monotonic() + 120
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.05)
    for worker in running(b"ray::RayTrainWorker"):
        os.kill(worker, signal.SIGKILL)
        killed.append(worker)


def running(title: bytes) -> list[int]:
    """The processes below this one whose command line begins with `title`; others' are not ours to kill."""
    return [pid for pid in _processes() if _command_line(pid).startswith(title) and _is_below(pid, os.getpid())]


def _is_below(pid: int, ancestor: int) -> bool:
    while pid > 1:
        pid = parent(pid)
        if pid == ancestor:
            return True
    return False


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return -1


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
