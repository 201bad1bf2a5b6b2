"""Handling of an unreachable MLflow store: an error at the start of a run, a warning during it."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from v2meow_pipeline.errors import V2MeowError

log = logging.getLogger(__name__)

CONNECT_S = 5.0
PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
# MLflow error codes of an unreachable server or database, as opposed to a rejected request.
AWAY = {"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "SERVICE_UNDER_MAINTENANCE", "REQUEST_LIMIT_EXCEEDED"}
QUEUE = "mlflow.utils.async_logging.async_logging_queue"

_lost = False


def require_store(uri: str) -> None:
    """Raises within seconds if a remote store is unreachable; MLflow itself would retry for minutes.

    Args:
        uri: URI of the MLflow store; a local one is not checked.

    Raises:
        V2MeowError: when the store is unreachable.
    """
    try:
        if uri.startswith(("http://", "https://")):
            _request(uri)
        elif (scheme := urlsplit(uri).scheme.partition("+")[0]) in PORTS:
            parts = urlsplit(uri)
            socket.create_connection((parts.hostname or "localhost", parts.port or PORTS[scheme]), CONNECT_S).close()
    except OSError as error:
        raise V2MeowError(
            f"The MLflow store at {_without_password(uri)} is unreachable: {_reason(error)}.",
            "Start it, set another by V2MEOW_TRACKING_URI or `tracking_uri` in conf/base/mlflow.yml, or set "
            "`enabled: false` there to run without tracking.",
        ) from error


def answers() -> bool:
    """Whether the store has been reachable so far in this process."""
    return not _lost


@contextmanager
def reporting() -> Iterator[None]:
    """Context manager for calls to the MLflow store: an unreachable store ends the block with a warning, not an error.

    Afterwards `answers` is False, so that callers can skip further calls.
    """
    import requests
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        if error.error_code not in AWAY:
            raise
        lose(error)
    except requests.RequestException as error:
        lose(error)


def lose(reason: object) -> None:
    """Marks the store as unreachable for this process, and warns once.

    Args:
        reason: error or message of the failure.
    """
    global _lost
    if not _lost:
        log.warning(
            "The MLflow store is no longer reachable (%s). The run continues, and its results are written to data/; "
            "later metrics and artifacts will be missing in MLflow.",
            _reason(reason),
        )
    _lost = True


def watch_queue() -> None:
    """Makes a failure of MLflow's asynchronous logging thread call `lose`, instead of logging every failed write."""
    logger = logging.getLogger(QUEUE)
    if _give_up not in logger.filters:
        logger.addFilter(_give_up)


def forget() -> None:
    """Resets the state for a new run, which may use another store."""
    global _lost
    _lost = False


def _give_up(record: logging.LogRecord) -> bool:
    if record.levelno >= logging.ERROR:
        lose(record.getMessage())
        return False
    return True


def _request(uri: str) -> None:
    """Sends a request; any response means that the server is reachable."""
    import requests

    requests.get(uri, timeout=CONNECT_S, stream=True, allow_redirects=False).close()


def _reason(error: object) -> str:
    """Message of the innermost cause, at most 200 characters; requests and urllib3 nest the message of the socket."""
    while isinstance(error, BaseException):
        reasons = [getattr(error, "reason", None), *error.args, error.__cause__]
        inner = next((reason for reason in reasons if isinstance(reason, BaseException)), None)
        if inner is None:
            break
        error = inner
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split())[:200]


def _without_password(uri: str) -> str:
    parts = urlsplit(uri)
    return uri if parts.password is None else uri.replace(f":{parts.password}@", ":***@")
