"""A web server on the loopback that serves files, and fails as it is told to."""

import hashlib
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import NamedTuple


class Fault(NamedTuple):
    """What goes wrong with one request: an answer with another status, perhaps with an address to go on to, or a
    connection that breaks after some bytes, or a byte every so often."""

    status: int | None = None
    retry_after: str | None = None
    break_after: int | None = None
    location: str | None = None
    byte_every_s: float | None = None


class Seen(NamedTuple):
    """A request for a file."""

    method: str
    path: str
    range: str | None


class VideoServer:
    """Files by path; faults by path, used up from the first."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self.seen: list[Seen] = []
        self.with_ranges = True
        self.hold = threading.Event()
        self.hold.set()
        self.held_at: str | None = None
        self.reached = threading.Event()
        self.url = ""

    def put(self, path: str, data: bytes, kind: str = "video/mp4") -> str:
        """Adds a file, and gives its address."""
        self.files[path] = (kind, data)
        return f"{self.url}{path}"

    def requests(self, path: str) -> list[Seen]:
        """The requests for a file."""
        return [seen for seen in self.seen if seen.path == path]


@contextmanager
def serving_videos() -> Iterator[VideoServer]:
    """A server that answers until the block ends."""
    state = VideoServer()
    handler = type("Handler", (_Handler,), {"state": state})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.hold.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: VideoServer

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def handle(self) -> None:
        # Whoever asked may leave whenever they like.
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0]
        self.state.seen.append(Seen(self.command, path, self.headers.get("Range")))
        faults = self.state.faults[path]
        fault = faults.pop(0) if faults else Fault()
        if fault.status is None and path not in self.state.files:
            fault = Fault(status=404)
        if fault.status is not None:
            self._refuse(fault)
            return
        kind, data = self.state.files[path]
        first, part = self._part(data)
        if first is not None and first >= len(data):
            self._refuse(Fault(status=416), {"Content-Range": f"bytes */{len(data)}"})
            return
        self.send_response(200 if first is None else 206)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", tag(data))
        self.send_header("Accept-Ranges", "bytes" if self.state.with_ranges else "none")
        if first is not None:
            self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        if with_body:
            if fault.byte_every_s is not None:
                self._drip(part, fault.byte_every_s)
            self._send(path, part, fault.break_after)

    def _drip(self, part: bytes, every_s: float) -> None:
        with suppress(OSError):
            for place in range(len(part)):
                self.wfile.write(part[place : place + 1])
                self.wfile.flush()
                time.sleep(every_s)

    def _refuse(self, fault: Fault, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.send_response(fault.status or 500)
        for name, value in headers.items():
            self.send_header(name, value)
        if fault.location is not None:
            self.send_header("Location", fault.location)
        if fault.retry_after is not None:
            self.send_header("Retry-After", fault.retry_after)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _part(self, data: bytes) -> tuple[int | None, bytes]:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        same = self.headers.get("If-Range", tag(data)) == tag(data)
        if asked is None or not self.state.with_ranges or not same:
            return None, data
        last = int(asked[2]) + 1 if asked[2] else len(data)
        return int(asked[1]), data[int(asked[1]) : last]

    def _send(self, path: str, part: bytes, break_after: int | None) -> None:
        try:
            if self.state.held_at == path:
                self.wfile.write(part[: len(part) // 2])
                self.wfile.flush()
                self.state.reached.set()
                self.state.hold.wait(60)
                part = part[len(part) // 2 :]
            self.wfile.write(part[:break_after])
            if break_after is not None:
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
        except OSError:
            self.close_connection = True


def tag(data: bytes) -> str:
    """The ETag of a file."""
    return f'"{hashlib.sha256(data).hexdigest()[:16]}"'
