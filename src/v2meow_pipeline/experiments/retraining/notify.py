"""Notification of the end of a run, by webhook or command."""

import json
import logging
import shlex
import subprocess
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import Field, field_validator

from v2meow_pipeline.config import Config

log = logging.getLogger(__name__)


class NotifyConfig(Config):
    """Notification settings.

    Attributes:
        pipelines: names of the pipelines whose end is notified.
        webhook: http(s) URL to which the message is posted as JSON; chat services show its key `text`.
        command: command that receives the message as JSON on standard input; run without a shell.
        timeout_s: timeout of webhook and command, s.
    """

    pipelines: tuple[str, ...] = ("retrain",)
    webhook: str | None = None
    command: str | None = None
    timeout_s: float = Field(default=10.0, gt=0)

    @field_validator("webhook")
    @classmethod
    def _is_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return url


class Ending(NamedTuple):
    """Result of a finished or failed run.

    Attributes:
        pipeline: name of the pipeline.
        env: configuration environment of the run.
        seconds: duration, s.
        error: error message; None if the run succeeded.
        results: outputs that are JSON objects, by dataset; `outcome` and `why` of an output are part of the text.
    """

    pipeline: str
    env: str
    seconds: float
    error: str | None
    results: Mapping[str, Mapping[str, Any]]

    def message(self) -> dict[str, Any]:
        """Message as JSON values; `text` is a one-sentence summary."""
        outcomes = [
            f"{one['outcome']}. {one.get('why', '')}".strip() for one in self.results.values() if "outcome" in one
        ]
        ended = f"failed. {self.error}" if self.error is not None else " ".join(outcomes) or "finished."
        text = f"v2meow {self.pipeline} ({self.env}), after {self.seconds:.0f} s: {ended}"
        status = "finished" if self.error is None else "failed"
        return {"text": text, "status": status, **self._asdict(), "results": dict(self.results)}


def notify(config: NotifyConfig, ending: Ending) -> None:
    """Sends a notification; a failed delivery is logged as a warning and does not affect the run.

    Args:
        config: notification settings.
        ending: result of the run.
    """
    data = json.dumps(ending.message()).encode()
    if config.webhook is not None:
        request = urllib.request.Request(config.webhook, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=config.timeout_s):
                pass
        except (OSError, ValueError) as error:  # URLError and HTTPError are OSErrors
            log.warning("The webhook could not be notified of the end of %s: %s", ending.pipeline, error)
    if config.command is not None:
        try:
            words = shlex.split(config.command)
            subprocess.run(words, input=data, check=True, timeout=config.timeout_s, stdout=subprocess.DEVNULL)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.warning("The command could not be notified of the end of %s: %s", ending.pipeline, error)
