"""Benchmark of training: an optimiser step of each stage against T5 of transformers, and the data loader."""

import statistics
from typing import NamedTuple

import numpy as np
import torch

from v2meow_pipeline.app.bench.decoding import StageCase
from v2meow_pipeline.app.bench.peak import peak_bytes, reset_peak
from v2meow_pipeline.app.bench.random_corpus import random_clips
from v2meow_pipeline.app.bench.t5 import t5_training
from v2meow_pipeline.app.bench.timing import Ratio, interleaved, ratio
from v2meow_pipeline.app.model_summary import step_flops
from v2meow_pipeline.examples.stage_examples import StageExamples
from v2meow_pipeline.models.cost import stage_cost
from v2meow_pipeline.training.one_step import prepare_step
from v2meow_pipeline.training.speed import product_rate

BATCH = 16  # of the project's parameters, with which the release was trained too
CLIPS = 64  # of the data loader


class TrainingResult(NamedTuple):
    """Result for one stage; times are medians.

    Attributes:
        source: "default" or "release", as in decoding.
        stage: name of the stage.
        batch: examples per step.
        step_s: wall-clock time of a step (forward, backward, AdamW).
        tokens_per_s: tokens predicted per second.
        flops: FLOP/s of the model.
        product_flops: FLOP/s of large matrix products, measured in the same run.
        t5_s: wall-clock time of a step of T5 with the same layers and sequence lengths.
        ratio: T5's wall-clock time relative to ours.
        cpu_ratio: the same for CPU time.
        loader_ratio: wall-clock time of a step relative to that of loading a batch.
        warm_up_s: first step.
        peak_bytes: peak memory of this process, before the T5 was built.
    """

    source: str
    stage: str
    batch: int
    step_s: float
    tokens_per_s: float
    flops: float
    product_flops: float
    t5_s: float
    ratio: Ratio
    cpu_ratio: Ratio
    loader_ratio: Ratio
    warm_up_s: float
    peak_bytes: int


def benchmark(case: StageCase, repeats: int, batch: int = BATCH) -> TrainingResult:
    """Benchmarks one stage.

    Args:
        case: the stage; only its configuration is used.
        repeats: number of repetitions.
        batch: examples per step.

    Returns:
        The result.
    """
    config = case.model.config
    reset_peak()
    step = prepare_step(config, batch)
    warm_up_s = interleaved({"ours": step.run}, 0)["ours"].warm_up_s
    peak, cost = peak_bytes(), stage_cost(config, batch)
    clips = random_clips(case.model, CLIPS)
    loader, numbers = StageExamples(clips, clips, "benchmark", batch, 0), iter(range(1 + repeats))
    dtype = torch.float32 if step.device.type == "cpu" else torch.bfloat16
    alternative = t5_training(case.model, batch, cost.t_memory, cost.steps, step.device)
    rates: list[float] = []
    times = interleaved(
        {
            "ours": step.run,
            "t5": alternative,
            "loader": lambda: loader.train(next(numbers)),
            "products": lambda: rates.append(product_rate(step.device, dtype)),
        },
        repeats,
    )
    ours, t5 = times["ours"], times["t5"]
    step_s = statistics.median(ours.wall_s)
    return TrainingResult(
        source=case.source,
        stage=config.stage,
        batch=batch,
        step_s=step_s,
        tokens_per_s=step.examples.tokens.numel() / step_s,
        flops=step_flops(config, batch) / step_s,
        product_flops=float(np.median(rates)),
        t5_s=statistics.median(t5.wall_s),
        ratio=ratio(t5.wall_s, ours.wall_s),
        cpu_ratio=ratio(t5.cpu_s, ours.cpu_s),
        loader_ratio=ratio(ours.wall_s, times["loader"].wall_s),
        warm_up_s=warm_up_s,
        peak_bytes=peak,
    )
