"""Telling somebody how a run ended: a webhook, a command, or both."""

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
    """Who is told, and of which pipelines.

    Attributes:
        pipelines: names of the pipelines whose end is told.
        webhook: http(s) URL that the message is posted to as JSON; its key `text` is what chats show.
        command: words of a command that gets the message as JSON on standard input; no shell.
        timeout_s: after which either is given up, seconds.
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
    """How a run ended.

    Attributes:
        pipeline: its name.
        env: environment it ran in.
        seconds: how long it took.
        error: why it failed; None where it did not.
        results: outputs that are JSON objects, by dataset; those with `outcome` and `why` are told in words.
    """

    pipeline: str
    env: str
    seconds: float
    error: str | None
    results: Mapping[str, Mapping[str, Any]]

    def message(self) -> dict[str, Any]:
        """JSON values; `text` says it in a sentence."""
        told = [f"{one['outcome']}. {one.get('why', '')}".strip() for one in self.results.values() if "outcome" in one]
        ended = f"failed. {self.error}" if self.error is not None else " ".join(told) or "finished."
        text = f"v2meow {self.pipeline} ({self.env}), after {self.seconds:.0f} s: {ended}"
        status = "finished" if self.error is None else "failed"
        return {"text": text, "status": status, **self._asdict(), "results": dict(self.results)}


def notify(config: NotifyConfig, ending: Ending) -> None:
    """Tells it. A message that cannot be delivered is a warning in the log: the run's end stands.

    Args:
        config: who is told.
        ending: what is told.
    """
    data = json.dumps(ending.message()).encode()
    if config.webhook is not None:
        request = urllib.request.Request(config.webhook, data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=config.timeout_s):
                pass
        except (OSError, ValueError) as error:  # URLError and HTTPError are OSErrors
            log.warning("The webhook was not told how %s ended: %s", ending.pipeline, error)
    if config.command is not None:
        try:
            words = shlex.split(config.command)
            subprocess.run(words, input=data, check=True, timeout=config.timeout_s, stdout=subprocess.DEVNULL)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            log.warning("The command was not told how %s ended: %s", ending.pipeline, error)
