"""Servers that a test starts, waits for and looks at."""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from tests.support.project import command


def free_port() -> int:
    """A port of the loopback that nothing listens on."""
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        return int(probing.getsockname()[1])


@contextmanager
def serving_in_thread(app: Any) -> Iterator[str]:
    """The address of a server of an ASGI application, in a thread of this process; it ends without a slash."""
    import uvicorn

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@contextmanager
def serving(words: list[str], environment: Mapping[str, str], address: str, log: Path) -> Iterator[int]:
    """The process id of a server that answers at `address`; it and its children are killed in the end."""
    # Servers of MLflow start programs by their names.
    path = f"{Path(command('mlflow')).parent}{os.pathsep}{os.environ['PATH']}"
    with log.open("w") as told:
        server = subprocess.Popen(
            words, env={**os.environ, **environment, "PATH": path}, stdout=told, stderr=told, start_new_session=True
        )
        try:
            wait_for(address, server, log)
            yield server.pid
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def listening(pid: int) -> set[str]:
    """Addresses that a process and its children listen on."""
    process = psutil.Process(pid)
    everyone = [process, *process.children(recursive=True)]
    return {
        connection.laddr.ip
        for each in everyone
        for connection in each.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }


def wait_for(address: str, server: subprocess.Popen[Any], log: Path) -> None:
    """Returns once a server answers at `address`; fails with its log if it has ended or takes too long."""
    deadline = time.monotonic() + 180
    while True:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()[-4000:]
        try:
            with urlopen(address, timeout=5) as response:
                if response.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.5)
