"""Calls of deployments that survive the end of a replica, and can be stopped; import only while a session is open."""

import logging
import time
from typing import Any

from ray import serve
from ray.exceptions import RayActorError
from ray.serve.handle import DeploymentResponse

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.progress import report

log = logging.getLogger(__name__)

POLL_S = 0.5
# Ray Serve replaces a replica that terminated, but not the requests that it was computing.
ATTEMPTS, RETRY_S = 20, 0.5


class Part:
    """A deployment of one network."""

    def __init__(self, name: str) -> None:
        """Finds the deployment.

        Args:
            name: name of the deployment's application.
        """
        self._name, self._handle = name, serve.get_app_handle(name)

    def call(self, method: str, *arguments: Any, label: str | None = None) -> Any:
        """Calls a method of a replica; calls it again if the replica terminates, which gives the same result.

        Args:
            method: name of the method.
            *arguments: its arguments, picklable.
            label: description of the progress, reported while the call runs; the observer may raise to stop it.

        Returns:
            Result of the method.

        Raises:
            V2MeowError: when replicas terminate again and again.
        """
        for attempt in range(ATTEMPTS):
            try:
                return _wait(getattr(self._handle, method).remote(*arguments), label)
            except RayActorError as error:
                log.warning("A replica of %s terminated (attempt %d): %s", self._name, attempt + 1, error)
                time.sleep(RETRY_S)
        raise V2MeowError(f"The replicas of {self._name} terminate again and again.", "See the logs of Ray.")


def _wait(response: DeploymentResponse, label: str | None) -> Any:
    if label is not None:
        report(label, 0, 1)
    try:
        while True:
            try:
                result = response.result(timeout_s=POLL_S)
                break
            except TimeoutError:
                if label is not None:
                    report(label, 0, 1)
    except V2MeowError:  # of the observer
        response.cancel()
        raise
    if label is not None:
        report(label, 1, 1)
    return result
