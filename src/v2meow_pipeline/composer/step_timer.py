"""Times the steps of a generation."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from v2meow_pipeline.progress import report


class StepTimer:
    """Measures steps, and reports each to the progress observer as it starts.

    Attributes:
        seconds: duration of each finished step by name, seconds.
    """

    def __init__(self) -> None:
        """Starts without steps."""
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measures the enclosed step.

        Args:
            name: name of the step, such as "features".
        """
        report(name)
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started
