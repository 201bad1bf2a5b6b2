"""Checks of disk space, memory and GPUs against what an environment needs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from v2meow_pipeline.app.doctor import Check
from v2meow_pipeline.app.preflight.sizes import ClipBytes
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.training.sizes import StageSize

GIB = 2**30
# Share of clips for training and validation: 80:20, as in the paper.
TRAIN_SHARE = 0.8
# Memory of a training worker beside the inputs of its stage: libraries, a network, and a batch.
WORKER_BYTES = 8 * GIB
# Training on CPUs is refused if it would take longer than this.
MAX_CPU_DAYS = 10
# Share of the peak rate of matrix products that training reaches.
UTILISATION = 0.4


def check_disk(clips: int | None, sizes: ClipBytes, models: int, data: Path) -> Check:
    """Checks that the data directory has space for all layers.

    Args:
        clips: expected number of clips; None if unknown, then only the models are counted.
        sizes: bytes per clip.
        models: bytes of all models.
        data: root directory of the environment's data, which may not exist yet.

    Returns:
        Result with the space of each layer.
    """
    layers = {name: _clips_of(name, clips or 0) * size for name, size in sizes.disk.items()}
    needed = sum(layers.values()) + models
    existing = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free + _size_of(data)
    parts = ", ".join(f"{name} {_size(count)}" for name, count in {**layers, "models": models}.items() if count)
    of = f"{clips:,} clips" if clips is not None else "models only, since there are no videos to count; see --clips"
    found = f"{_size(needed)} needed for {of} ({parts}); {_size(free)} free in {existing}"
    remedy = "Set `data` in globals.yml to a larger disk, or use fewer clips."
    if layers["training cache"] > needed / 2:
        remedy += " The training cache holds frames and flow: published I3D weights and Janus need none."
    return Check("disk", free >= needed, found, "" if free >= needed else remedy)


def check_memory(clips: int | None, sizes: ClipBytes, workers: int) -> Check:
    """Checks that this machine has the memory of its training workers, each with the inputs of a stage for all clips.

    Args:
        clips: expected number of clips; None if unknown.
        sizes: bytes per clip.
        workers: training workers on this machine.

    Returns:
        Result.
    """
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    needed = workers * (WORKER_BYTES + round(TRAIN_SHARE * (clips or 0)) * sizes.memory)
    found = f"{_size(needed)} needed by {workers} training worker(s); {_size(total)} installed"
    remedy = "Use more machines with fewer workers each (docs/how-to/cluster.md), or fewer clips."
    return Check("memory", total >= needed, found, "" if total >= needed else remedy)


def check_gpus(parameters: dict[str, Any], stages: list[StageSize], cpu_flops: float) -> Iterator[Check]:
    """Checks that there are the GPUs that training asks for, or that it is short enough for CPUs.

    Args:
        parameters: parameters of the environment.
        stages: costs of the stages.
        cpu_flops: measured FLOP/s of this machine's CPU in matrix products.

    Yields:
        Number of GPUs, and their memory if there are some.
    """
    ray = Executor.of(parameters).ray or RayConfig()
    if not ray.is_local:
        yield Check("GPUs", True, f"not checked: training runs on the cluster at {ray.address}", required=False)
        return
    there = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
    steps = {stage.name: parameters[stage.name]["train"]["max_steps"] for stage in stages}
    days = sum(s.cost.training.flops * steps[s.name] for s in stages) / (cpu_flops * UTILISATION) / 86_400
    asked = ray.workers if ray.use_gpu or (ray.use_gpu is None and days > MAX_CPU_DAYS) else 0
    found = f"{len(there)} here, {asked} needed"
    found += f"; the stages would take about {days:,.0f} days on this CPU" if days > MAX_CPU_DAYS else ""
    remedy = "Install an NVIDIA driver, lower ray.workers, or use a cluster (docs/how-to/cluster.md)."
    ok = len(there) >= asked
    yield Check("GPUs", ok, found, "" if ok else remedy)
    idle = len(there) - ray.workers
    if there and idle > 0 and ray.use_gpu is not False:
        yield Check("idle GPUs", False, f"{idle} of {len(there)}", f"Set ray.workers to {len(there)}.", required=False)
    for stage in stages if there else ():
        yield _gpu_memory(stage, parameters[stage.name]["train"], ray, min(gpu.total_memory for gpu in there))


def _gpu_memory(stage: StageSize, train: dict[str, Any], ray: RayConfig, total: int) -> Check:
    """Weights, gradients and optimiser state, and the activations of a worker's share of the batch."""
    half = 2 if train.get("precision") == "bf16-mixed" else 1
    state = stage.cost.training.state_bytes // (ray.workers if ray.strategy == "fsdp" else 1)
    parts = ray.workers * train.get("accumulate", 1)
    needed = state + stage.cost.training.activation_bytes // parts // half
    remedy = f"Set {stage.name}.train.accumulate, or {stage.name}.model.transformer.recompute: true."
    found = f"about {_size(needed)} needed, {_size(total)} there"
    return Check(f"GPU memory, {stage.name}", needed <= total, found, "" if needed <= total else remedy)


def _clips_of(layer: str, clips: int) -> int:
    return round(TRAIN_SHARE * clips) if layer == "training cache" else clips


def _size_of(folder: Path) -> int:
    """Bytes of the files in a folder: what an earlier part of the run has written is not needed again."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0


def _size(count: float) -> str:
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB")):
        if count >= unit:
            return f"{count / unit:,.1f} {name}"
    return f"{count / 2**10:,.1f} KiB"
