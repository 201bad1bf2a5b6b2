"""How the workers of one machine find each other: through a file, since torch's server listens on every interface."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import ray
import torch.distributed
from ray.train.torch.config import TorchConfig, _set_torch_distributed_env_vars, _TorchBackend


class FileStoreTorchConfig(TorchConfig):
    """As `TorchConfig`, for workers that all run on this machine."""

    @property
    def backend_cls(self) -> type["OneMachineBackend"]:
        """What connects the workers."""
        return OneMachineBackend


class OneMachineBackend(_TorchBackend):
    """Connects workers through a file in a temporary folder."""

    _meeting: Path | None = None

    def on_start(self, worker_group: Any, backend_config: Any) -> None:
        """Connects a new group of workers; one that replaces a failed group meets at another file."""
        worker_group.execute(_set_torch_distributed_env_vars)
        self._meeting = Path(tempfile.mkdtemp(prefix="v2meow-meeting-")) / "store"
        ranks = range(len(worker_group))
        shared = (len(ranks), backend_config.backend, self._meeting, backend_config.timeout_s)
        ray.get([worker_group.execute_single_async(rank, _join, rank, *shared) for rank in ranks])

    def on_shutdown(self, worker_group: Any, backend_config: Any) -> None:
        """Parts the workers, then removes the file, which all of them read until then."""
        try:
            super().on_shutdown(worker_group, backend_config)
        finally:
            if self._meeting is not None:
                shutil.rmtree(self._meeting.parent, ignore_errors=True)
                self._meeting = None


def _join(rank: int, ranks: int, backend: str, meeting: Path, timeout_s: int) -> None:
    torch.distributed.init_process_group(
        backend,
        init_method=meeting.as_uri(),
        rank=rank,
        world_size=ranks,
        timeout=timedelta(seconds=timeout_s),
    )
