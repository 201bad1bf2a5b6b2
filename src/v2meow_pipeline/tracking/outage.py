"""A store of runs that does not answer: refused at the start, and during a run no reason to lose the run's work."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from v2meow_pipeline.errors import V2MeowError

log = logging.getLogger(__name__)

CONNECT_S = 5.0
PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
# MLflow's codes of a server or a database that is not there, as against a request that it refuses.
AWAY = {"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "SERVICE_UNDER_MAINTENANCE", "REQUEST_LIMIT_EXCEEDED"}
QUEUE = "mlflow.utils.async_logging.async_logging_queue"

_lost = False


def require_store(uri: str) -> None:
    """Finds out within seconds whether a server is there; MLflow itself tries for minutes.

    Args:
        uri: of the store of runs; a local one is not looked at.

    Raises:
        V2MeowError: when nothing answers.
    """
    try:
        if uri.startswith(("http://", "https://")):
            _request(uri)
        elif (scheme := urlsplit(uri).scheme.partition("+")[0]) in PORTS:
            parts = urlsplit(uri)
            socket.create_connection((parts.hostname or "localhost", parts.port or PORTS[scheme]), CONNECT_S).close()
    except OSError as error:
        raise V2MeowError(
            f"No store of runs answers at {_without_password(uri)}: {_reason(error)}.",
            "Start it; name another by V2MEOW_TRACKING_URI or `tracking_uri` in conf/base/mlflow.yml; or write "
            "`enabled: false` there, and the run is not tracked.",
        ) from error


def answers() -> bool:
    """Whether the store has answered so far, in this process."""
    return not _lost


@contextmanager
def reporting() -> Iterator[None]:
    """Within the block the store of runs is talked to; where it does not answer, the block ends and a warning is given.

    From then on `answers` is False, and nobody waits for it again.
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
    """Warns once that the store does not answer, and gives it up for this process.

    Args:
        reason: what happened.
    """
    global _lost
    if not _lost:
        log.warning(
            "The store of runs does not answer any more (%s). The work goes on and its results are kept in data/; "
            "curves and files from here on are missing in MLflow.",
            _reason(reason),
        )
    _lost = True


def watch_queue() -> None:
    """Lets a failure in the thread that writes curves count as `lose` does, instead of a line of log for each write."""
    logger = logging.getLogger(QUEUE)
    if _give_up not in logger.filters:
        logger.addFilter(_give_up)


def forget() -> None:
    """A new run begins, perhaps in another store."""
    global _lost
    _lost = False


def _give_up(record: logging.LogRecord) -> bool:
    if record.levelno >= logging.ERROR:
        lose(record.getMessage())
        return False
    return True


def _request(uri: str) -> None:
    """Whatever a server answers, it is there."""
    import requests

    requests.get(uri, timeout=CONNECT_S, stream=True, allow_redirects=False).close()


def _reason(error: object) -> str:
    """The beginning of a message; those of urllib3 nest four deep."""
    return " ".join(str(error).split())[:200]


def _without_password(uri: str) -> str:
    parts = urlsplit(uri)
    return uri if parts.password is None else uri.replace(f":{parts.password}@", ":***@")
