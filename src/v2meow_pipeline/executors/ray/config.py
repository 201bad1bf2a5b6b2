"""Configuration of the Ray backend."""

from typing import Any, Literal

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError

LOCAL = "local"


class RayConfig(Config):
    """Ray cluster, and resources used for training and maps.

    Attributes:
        address: "local" starts Ray on this machine for the duration of the run; otherwise the address of a running
            cluster as in `ray.init`: "auto", "host:6379" or "ray://host:10001".
        cpus: CPUs of a local Ray; None uses all of this machine.
        storage: root folder of resume checkpoints: a path shared by all machines, or an fsspec URL such as
            "s3://bucket/v2meow". None uses the training's workspace, beside the models.
        workers: data-parallel workers of a training; each batch is divided among them.
        cpus_per_worker: CPUs of each training worker; None divides the CPUs of a local Ray equally, and is 1 on a
            cluster.
        use_gpu: whether each training worker gets a GPU (NCCL) or runs on CPU (gloo); None uses GPUs if Ray has enough
            at the start. Set it explicitly for an autoscaling cluster, which may start without GPUs.
        strategy: "ddp" replicates the model in every worker; "fsdp" shards weights, gradients and optimiser state
            (not for networks trained with discriminators).
        max_failures: restarts of a training from its last checkpoint after a worker or machine failed.
        shards_per_call: shards per call of a map actor.
        calls_in_flight: maximum number of calls submitted to each map actor, the running one included.
        dashboard: whether a local Ray starts its dashboard, on 127.0.0.1 only.
    """

    address: str = LOCAL
    cpus: int | None = Field(default=None, gt=0)
    storage: str | None = None
    workers: int = Field(default=1, gt=0)
    cpus_per_worker: int | None = Field(default=None, gt=0)
    use_gpu: bool | None = None
    strategy: Literal["ddp", "fsdp"] = "ddp"
    max_failures: int = Field(default=3, ge=0)
    shards_per_call: int = Field(default=1, gt=0)
    calls_in_flight: int = Field(default=2, gt=0)
    dashboard: bool = False

    @property
    def is_local(self) -> bool:
        """Whether this run starts its own local Ray."""
        return self.address == LOCAL

    def on_gpus(self, there_are: float) -> bool:
        """Whether each training worker gets a GPU, given the number of GPUs that Ray has."""
        return there_are >= self.workers if self.use_gpu is None else self.use_gpu


def ray_config(backend: str, ray: dict[str, Any]) -> RayConfig | None:
    """Parses the Ray configuration of a backend.

    Args:
        backend: "local" or "ray".
        ray: values of `RayConfig`; used only for backend "ray".

    Returns:
        Ray configuration; None for "local".

    Raises:
        ConfigError: for an unknown backend or invalid values.
    """
    if backend not in ("local", "ray"):
        raise ConfigError(f"There is no backend {backend!r}.", "Use --params backend=ray or backend=local.")
    return RayConfig.parse(ray) if backend == "ray" else None
