"""Which Ray, and how much of it."""

from typing import Any, Literal

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError

LOCAL = "local"


class RayConfig(Config):
    """Where work goes on Ray.

    Attributes:
        address: "local" starts Ray in processes of this machine that end with the run; else a cluster that is already
            there: "auto", "host:6379" or "ray://host:10001" as `ray.init` takes it.
        cpus: that a local Ray may use; None is all of this machine.
        storage: root below which trainings keep what they resume from: a path that every machine sees, or a URL that
            fsspec knows, such as "s3://bucket/v2meow". None is the workspace, beside the models.
        workers: processes of a training, each with its share of every batch.
        cpus_per_worker: of a training; None divides this machine's among them.
        use_gpu: gives each of them a GPU (NCCL), else they are on CPUs (gloo); None does where Ray has enough of them
            at the start. A cluster that grows has none yet, so say it there.
        strategy: "ddp" keeps the whole model in every worker; "fsdp" divides weights, gradients and optimiser state
            among them, for networks that are trained without adversaries.
        max_failures: how often a training goes on from its last checkpoint after a worker or a machine was lost.
        shards_per_call: shards that an actor is given at a time.
        calls_in_flight: calls that wait at each actor, the one at work included; more is not sent.
        dashboard: starts Ray's dashboard, on 127.0.0.1 alone.
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
        """Whether this run starts a Ray of its own."""
        return self.address == LOCAL

    def on_gpus(self, there_are: float) -> bool:
        """Whether each worker of a training gets a GPU, where Ray has so many."""
        return there_are >= self.workers if self.use_gpu is None else self.use_gpu


def ray_config(backend: str, ray: dict[str, Any]) -> RayConfig | None:
    """Which Ray the parameters ask for.

    Args:
        backend: "local" or "ray".
        ray: values of `RayConfig`; looked at for Ray only.

    Returns:
        The configuration; None for "local".

    Raises:
        ConfigError: for another backend, or wrong values.
    """
    if backend not in ("local", "ray"):
        raise ConfigError(f"There is no backend {backend!r}.", "Use --params backend=ray or backend=local.")
    return RayConfig.parse(ray) if backend == "ray" else None
