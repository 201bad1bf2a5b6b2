"""Benchmark of a stage's optimiser step on random data: time and memory on this machine."""

import resource
import sys
import time
from statistics import median
from typing import NamedTuple

import torch
from torch import Tensor
from torch.optim import Optimizer

from v2meow_pipeline.examples.stage_examples import Batch
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.stages import token_frames
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.module import ObjectiveModule
from v2meow_pipeline.training.speed import product_rate, wait
from v2meow_pipeline.training.stage import StageObjective

TIMED_ON_CPU, TIMED_ON_GPU = 1, 10


class StepReport(NamedTuple):
    """Result of the benchmark.

    Attributes:
        stage: name of the stage.
        device: device name and precision.
        build_s: seconds to build model, optimiser and examples.
        step_s: seconds per step (forward, backward, AdamW): the median, without the first step, which allocates memory.
        tokens: tokens predicted per step.
        loss: loss in nats per token before the first step; ln(1,024) = 6.93 for uniform predictions.
        moved: whether the second loss differs from the first, so that the step changed the weights.
        product_flops: FLOP/s of large matrix products on this device in this precision.
        peak_bytes: peak memory of the process (CPU) or the device (GPU).
    """

    stage: str
    device: str
    build_s: float
    step_s: float
    tokens: int
    loss: float
    moved: bool
    product_flops: float
    peak_bytes: int


class PreparedStep(NamedTuple):
    """An optimiser step that can be repeated on the same examples.

    Attributes:
        objective: the stage in training.
        optimizer: its AdamW.
        examples: random examples.
        device: a GPU, where the step runs in bf16, or the CPU, where it runs in fp32.
    """

    objective: StageObjective
    optimizer: Optimizer
    examples: Batch
    device: torch.device

    def run(self) -> float:
        """Runs one step (forward, backward, AdamW), waits for it, and returns the loss before it, nats per token."""
        on_gpu = self.device.type == "cuda"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=on_gpu):
            loss = self.objective.loss(self.examples, "network").total
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        value = loss.item()
        wait(self.device)
        return value


def prepare_step(config: StageModelConfig, batch: int, seed: int = 0) -> PreparedStep:
    """Builds a stage, its optimiser and random examples, on a GPU if there is one.

    Args:
        config: configuration of the stage.
        batch: examples per step.
        seed: seeds weights and data.

    Returns:
        The step; nothing has run yet.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(seed)
    objective = StageObjective(StageModel(config), None, seed).to(device).train()
    (setup,) = ObjectiveModule(objective, FitConfig()).configure_optimizers()
    return PreparedStep(objective, setup["optimizer"], random_batch(objective.network, batch, device), device)


def one_step(config: StageModelConfig, batch: int, seed: int = 0) -> StepReport:
    """Builds a stage and times a few optimiser steps, on a GPU in bf16 if there is one, otherwise on the CPU in fp32.

    Args:
        config: configuration of the stage.
        batch: examples per step.
        seed: seeds weights and data.

    Returns:
        Times, memory and losses.
    """
    started = time.perf_counter()
    step = prepare_step(config, batch, seed)
    build_s = time.perf_counter() - started
    on_gpu = step.device.type == "cuda"
    losses, seconds = [], []
    for _ in range(1 + (TIMED_ON_GPU if on_gpu else TIMED_ON_CPU)):
        wait(step.device)
        started = time.perf_counter()
        losses.append(step.run())
        seconds.append(time.perf_counter() - started)
    peak_bytes = torch.cuda.max_memory_allocated() if on_gpu else _peak_of_process()
    return StepReport(
        stage=config.stage,
        device=f"{torch.cuda.get_device_name()}, bf16" if on_gpu else "cpu, fp32",
        build_s=build_s,
        step_s=median(seconds[1:]),
        tokens=step.examples.tokens.numel(),
        loss=losses[0],
        moved=losses[0] != losses[1],
        product_flops=product_rate(step.device, torch.bfloat16 if on_gpu else torch.float32),
        peak_bytes=peak_bytes,
    )


def random_batch(model: StageModel, batch: int, device: torch.device) -> Batch:
    """Random examples with the shapes of a training batch, from torch's global generator."""
    t = token_frames(model.spec.output, model.config.clock, min(model.crop_s, model.config.clock.clip_s))
    conditions: dict[str, Tensor] = {}
    for stream in model.conditioner.streams:
        shape = stream.shape(batch, t / model.rate_hz)
        vocab = stream.vocab if stream.grid is None else stream.grid.codes
        values = torch.randint(vocab, shape) if stream.discrete else torch.randn(shape)
        conditions[stream.name] = values.to(device)
    tokens = torch.randint(model.vocab, (batch, model.levels, t)).to(device)
    return Batch(conditions, tokens, torch.zeros(batch, device=device))


def _peak_of_process() -> int:
    # ru_maxrss is in KiB on Linux and in bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
