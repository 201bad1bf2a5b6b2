"""Training job: what to train, as a value that can be sent to another process."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.networks.objective import Examples, Objective
from v2meow_pipeline.training.config import FitConfig


class Task(NamedTuple):
    """Objective and examples of a training.

    Attributes:
        objective: network with initial weights, and its losses.
        examples: training and validation batches.
    """

    objective: Objective
    examples: Examples


class TrainingJob(NamedTuple):
    """Everything needed to train a network and write its checkpoint; picklable.

    Attributes:
        name: name of the stage or network.
        label: label of the progress display.
        spec: everything that decides the result; its fingerprint identifies the checkpoint.
        config: training settings.
        build: function that builds network and examples, called where the training runs.
        kind: kind of the checkpoint.
        settings: configuration of the network, from which it can be rebuilt.
        clock: clock that the weights depend on; None if they depend on none.
        about: additional JSON metadata for the checkpoint.
    """

    name: str
    label: str
    spec: Config
    config: FitConfig
    build: Callable[[], Task]
    kind: str
    settings: Config
    clock: Clock | None
    about: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the specification, stored in the checkpoint."""
        return self.spec.fingerprint()
