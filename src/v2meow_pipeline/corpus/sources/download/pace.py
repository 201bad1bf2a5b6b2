"""Rate limiting between requests, and exponential backoff after failures."""

import time
from collections.abc import Callable

from v2meow_pipeline.corpus.sources.published.config import DownloadConfig

FACTOR = 2.0


class Pace:
    """Rate limiter with exponential backoff."""

    def __init__(
        self,
        config: DownloadConfig,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Creates the limiter.

        Args:
            config: download settings.
            sleep: function that waits for a number of seconds.
            now: monotonic clock, seconds.
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
        """Waits as long as the server requests, or else with exponential backoff from `first_wait_s`.

        Args:
            failures: number of consecutive failures, 1 or more.
            retry_after_s: wait requested by the server, seconds, or None.

        Returns:
            True after waiting; False if the server requests more than `longest_wait_s`.
        """
        if retry_after_s is not None and retry_after_s > self._config.longest_wait_s:
            return False
        backoff_s = min(self._config.first_wait_s * FACTOR ** (failures - 1), self._config.longest_wait_s)
        self._sleep(backoff_s if retry_after_s is None else retry_after_s)
        return True
