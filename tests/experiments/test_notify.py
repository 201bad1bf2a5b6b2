"""Who is told how a run ended."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.retraining.notify import Ending, NotifyConfig, notify
from v2meow_pipeline.hooks.notify import NotifyHooks

DECISION = {"outcome": "kept", "why": "No better than the champion in loss."}
ENDING = Ending("retrain", "local", 61.4, None, {"retraining_decision": DECISION})


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[Any]]]:
    """The URL of a server on this machine, and the messages that were posted to it."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()


def test_a_webhook_is_told_the_decision_and_why(webhook: tuple[str, list[Any]]) -> None:
    """Catches a message that chats show as empty, or that makes one look for the reason."""
    url, received = webhook
    notify(NotifyConfig(webhook=url), ENDING)
    (message,) = received
    assert message["text"] == "v2meow retrain (local), after 61 s: kept. No better than the champion in loss."
    assert message["status"] == "finished"
    assert message["results"]["retraining_decision"] == DECISION


def test_a_command_gets_the_message(tmp_path: Path) -> None:
    """Catches a command that is run by a shell, or told nothing."""
    place = tmp_path / "with space; touch x"
    code = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())"
    notify(NotifyConfig(command=f"'{sys.executable}' -c '{code}' '{place}'"), ENDING._replace(error="No disk."))
    message = json.loads(place.read_text())
    assert message["status"] == "failed"
    assert message["text"].endswith("failed. No disk.")


@pytest.mark.parametrize("command", ["no-such-command", "false", "sleep 5", "'"])
def test_a_message_that_is_lost_does_not_fail_the_run(command: str, caplog: pytest.LogCaptureFixture) -> None:
    """Catches a finished round that fails because a chat is down."""
    with caplog.at_level(logging.WARNING):
        notify(NotifyConfig(webhook="http://127.0.0.1:9", command=command, timeout_s=0.5), ENDING)
    assert len(caplog.messages) == 2


def test_a_webhook_that_answers_with_an_error_is_a_warning(
    webhook: tuple[str, list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """Catches the same for a server that is there and refuses."""
    notify(NotifyConfig(webhook=f"{webhook[0]}/broken"), ENDING)
    assert "500" in caplog.text


def test_only_a_web_address_is_a_webhook() -> None:
    """Catches file:// as a webhook."""
    with pytest.raises(ConfigError, match="http"):
        NotifyConfig.parse({"webhook": "file:///etc/passwd"})


def test_the_hook_tells_results_and_failures_of_what_is_waited_for(webhook: tuple[str, list[Any]]) -> None:
    """Catches a message for every run, and none for a failure."""
    url, received = webhook
    hooks = NotifyHooks()
    config = {"notify": {"pipelines": ["retrain"], "webhook": url}}
    hooks.after_context_created(SimpleNamespace(config_loader=config, env=None))
    outputs = {"decision": SimpleNamespace(load=lambda: DECISION), "table": SimpleNamespace(load=list)}
    hooks.before_pipeline_run()
    hooks.after_pipeline_run({"pipeline_names": ["train"]}, outputs)
    assert received == []
    hooks.after_pipeline_run({"pipeline_names": ["retrain"]}, outputs)
    hooks.on_pipeline_error(ValueError("a\n  b"), {"pipeline_name": "retrain", "pipeline_names": None})
    assert [message["status"] for message in received] == ["finished", "failed"]
    assert received[0]["results"] == {"decision": DECISION}
    assert received[1]["error"] == "a b"
