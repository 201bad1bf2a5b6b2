"""Ray Train backend config for a single worker: skips the torch process group, and the import of torch."""

from ray.train.backend import BackendConfig


class SingleWorkerConfig(BackendConfig):
    """Replacement of `TorchConfig` for one worker; creates no process group."""

    # TorchTrainer reads this attribute, although no process group is created.
    backend = "gloo"
