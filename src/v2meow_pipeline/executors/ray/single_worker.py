"""A single worker has nobody to find: no server, no sockets, and no torch in the process that watches it."""

from ray.train.backend import BackendConfig


class SingleWorkerConfig(BackendConfig):
    """As `TorchConfig`, for one worker; nothing is set up."""

    # TorchTrainer wants to know; a group of one is not made.
    backend = "gloo"
