"""Torch process group with a file rendezvous for workers on one machine; a TCP store listens on all interfaces."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import ray
import torch.distributed
from ray.train.torch.config import TorchConfig, _set_torch_distributed_env_vars, _TorchBackend


class FileStoreTorchConfig(TorchConfig):
    """`TorchConfig` with a file rendezvous, for workers that all run on this machine."""

    @property
    def backend_cls(self) -> type["OneMachineBackend"]:
        """Ray Train backend that initialises the process group."""
        return OneMachineBackend


class OneMachineBackend(_TorchBackend):
    """Ray Train backend that initialises the process group through a file in a temporary folder."""

    _store: Path | None = None

    def on_start(self, worker_group: Any, backend_config: Any) -> None:
        """Initialises the process group; every new worker group, also after a failure, uses a new file."""
        worker_group.execute(_set_torch_distributed_env_vars)
        self._store = Path(tempfile.mkdtemp(prefix="v2meow-meeting-")) / "store"
        ranks = range(len(worker_group))
        shared = (len(ranks), backend_config.backend, self._store, backend_config.timeout_s)
        ray.get([worker_group.execute_single_async(rank, _join, rank, *shared) for rank in ranks])

    def on_shutdown(self, worker_group: Any, backend_config: Any) -> None:
        """Destroys the process group, then deletes the file, which the workers use until then."""
        try:
            super().on_shutdown(worker_group, backend_config)
        finally:
            if self._store is not None:
                shutil.rmtree(self._store.parent, ignore_errors=True)
                self._store = None


def _join(rank: int, ranks: int, backend: str, store: Path, timeout_s: int) -> None:
    torch.distributed.init_process_group(
        backend,
        init_method=store.as_uri(),
        rank=rank,
        world_size=ranks,
        timeout=timedelta(seconds=timeout_s),
    )
