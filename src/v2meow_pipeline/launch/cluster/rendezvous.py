"""How the workers of one machine find each other: through a file, since torch's server listens on every interface."""

import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import ray
import torch.distributed
from ray.train.torch.config import TorchConfig, _set_torch_distributed_env_vars, _TorchBackend


class OneMachineConfig(TorchConfig):
    """As `TorchConfig`, for workers that all run on this machine."""

    @property
    def backend_cls(self) -> type["OneMachineBackend"]:
        """What connects the workers."""
        return OneMachineBackend


class OneMachineBackend(_TorchBackend):
    """Connects workers through a file in a temporary folder."""

    def on_start(self, worker_group: Any, backend_config: Any) -> None:
        """Connects a new group of workers; one that replaces a failed group meets at another file."""
        worker_group.execute(_set_torch_distributed_env_vars)
        meeting = Path(tempfile.mkdtemp(prefix="v2meow-meeting-")) / "store"
        ranks = range(len(worker_group))
        shared = (len(ranks), backend_config.backend, meeting, backend_config.timeout_s)
        ray.get([worker_group.execute_single_async(rank, _join, rank, *shared) for rank in ranks])


def _join(rank: int, ranks: int, backend: str, meeting: Path, timeout_s: int) -> None:
    torch.distributed.init_process_group(
        backend,
        init_method=meeting.as_uri(),
        rank=rank,
        world_size=ranks,
        timeout=timedelta(seconds=timeout_s),
    )
