"""Webhooks: which addresses may be called, and what they receive."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.web.conftest import submit

from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.errors import RequestError
from v2meow_pipeline.web.housekeeping import Housekeeping
from v2meow_pipeline.web.job_queue import JobQueue
from v2meow_pipeline.web.webhook import call_webhook, check_webhook, is_public


class _Receiver(BaseHTTPRequestHandler):
    """Records POST requests; /moved redirects."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, self.headers["Host"], json.loads(body)))  # type: ignore[attr-defined]
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *values: object) -> None:
        """Prints nothing."""


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    """A server of this machine that records what it receives."""
    server = HTTPServer(("127.0.0.1", 0), _Receiver)
    server.received = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_addresses_inside_a_network_are_not_public(address: str) -> None:
    """Catches an address of this network in another notation."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """Catches webhooks that never work."""
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/x",
        "http://127.1:80/",
        "http://2130706433/",
        "http://[::1]:8080/",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://1.1.1.1/",
        "http://user:pw@1.1.1.1/",
        "http://1.1.1.1:99999/",
        "http://1.1.1.1/\r\nX-Evil: 1",
        "http:///nowhere",
        "1.1.1.1",
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    """Catches requests into the server's network, and injected headers."""
    with pytest.raises(RequestError):
        check_webhook(url, private=False)


def test_a_webhook_receives_the_message(receiver: HTTPServer) -> None:
    """Catches a message without its host, query or body."""
    url = f"http://localhost:{receiver.server_port}/done?key=1"
    call_webhook(url, {"status": "done"}, private=True)
    assert receiver.received == [("/done?key=1", f"localhost:{receiver.server_port}", {"status": "done"})]  # type: ignore[attr-defined]


def test_the_end_of_a_job_is_sent_once(models: ModelSource, video: Path, receiver: HTTPServer, tmp_path: Path) -> None:
    """Catches a webhook that is not called, or called again at each round or restart."""
    config = WebConfig(folder=tmp_path / "web", private_webhooks=True)
    queue = JobQueue({"small": models}, config)
    try:
        url = f"http://127.0.0.1:{receiver.server_port}/done"
        job, moved = submit(queue, video, webhook=url), submit(queue, video, webhook=url.replace("done", "moved"))
        housekeeping, now_s = Housekeeping(queue._store, queue._folders, config), time.time()
        housekeeping.tidy(now_s)
        assert receiver.received == []  # type: ignore[attr-defined]
        queue.cancel(job.id)
        queue.cancel(moved.id)
        for minute in range(6):
            housekeeping.tidy(now_s + 60 * minute)
        paths = [path for path, _, _ in receiver.received]  # type: ignore[attr-defined]
        assert paths.count("/done") == 1 and paths.count("/moved") == 3
        message = {"id": job.id, "status": "cancelled", "error": None}
        assert message in [body for _, _, body in receiver.received]  # type: ignore[attr-defined]
    finally:
        queue.close()


def test_redirects_are_failures(receiver: HTTPServer) -> None:
    """Catches a public server that redirects into the private network."""
    with pytest.raises(RequestError, match="status 302"):
        call_webhook(f"http://127.0.0.1:{receiver.server_port}/moved", {}, private=True)
    assert len(receiver.received) == 1  # type: ignore[attr-defined]


def test_a_private_webhook_is_not_called(receiver: HTTPServer) -> None:
    """Catches an address that is checked on submission only."""
    with pytest.raises(RequestError, match="private"):
        call_webhook(f"http://127.0.0.1:{receiver.server_port}/done", {}, private=False)
    assert receiver.received == []  # type: ignore[attr-defined]
