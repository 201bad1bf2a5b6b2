"""Waiting: between requests, and after failures."""

import time
from collections.abc import Callable

from v2meow_pipeline.corpus.sources.published.config import DownloadConfig

FACTOR = 2.0


class Pace:
    """Keeps requests apart, and waits ever longer after failures."""

    def __init__(
        self,
        config: DownloadConfig,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is waited for yet.

        Args:
            config: limits.
            sleep: waits so many seconds.
            now: seconds on any clock that never goes back.
        """
        self._config, self._sleep, self._now = config, sleep, now
        self._next = now()

    def before_request(self) -> None:
        """Waits until the next request is due."""
        wait_s = self._next - self._now()
        if wait_s > 0:
            self._sleep(wait_s)
        self._next = self._now() + 60.0 / self._config.requests_per_minute

    def after_failure(self, failures: int, retry_after_s: float | None) -> bool:
        """Waits as long as the server asks, or `first_wait_s`, doubled with each failure before.

        Args:
            failures: since a request last succeeded, 1 or more.
            retry_after_s: what the server asks for, seconds, if it does.

        Returns:
            Whether it waited; not if the server asks for more than `longest_wait_s`.
        """
        if retry_after_s is not None and retry_after_s > self._config.longest_wait_s:
            return False
        usual_s = min(self._config.first_wait_s * FACTOR ** (failures - 1), self._config.longest_wait_s)
        self._sleep(usual_s if retry_after_s is None else retry_after_s)
        return True
