"""`v2meow model`: tables of the size and compute cost of an environment's models."""

import time
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.table import Table

from v2meow_pipeline.models.cost import stage_cost
from v2meow_pipeline.models.stage_model import StageModelConfig
from v2meow_pipeline.training.one_step import one_step
from v2meow_pipeline.training.sizes import NetworkSize, StageSize, network_sizes, stage_config, stage_sizes
from v2meow_pipeline.training.speed import product_rate

VECTOR_SIZE = 1024
STREAM_FLOATS = 2**25


class Speed(NamedTuple):
    """Measured CPU speed with the current number of threads.

    Attributes:
        flops: FLOP/s in matrix-matrix products.
        bytes_read: bytes/s read in matrix-vector products, which read every weight once.
    """

    flops: float
    bytes_read: float


def measure_speed() -> Speed:
    """Measures the CPU speed of this machine; takes about one second."""
    matrix, vector = torch.randn(STREAM_FLOATS // VECTOR_SIZE, VECTOR_SIZE), torch.randn(VECTOR_SIZE, 1)
    stream_s = min(_seconds(lambda: matrix @ vector) for _ in range(4))
    return Speed(product_rate(torch.device("cpu"), torch.float32), 4 * STREAM_FLOATS / stream_s)


def as_json(parameters: dict[str, Any]) -> dict[str, Any]:
    """Sizes and costs of all models as JSON values.

    Args:
        parameters: parameters of an environment.

    Returns:
        Dictionary with keys `stages` and `networks`, each keyed by name.
    """
    stages = {
        row.name: {
            **row.cost._asdict(),
            "batch": row.batch,
            "training": row.cost.training._asdict(),
            "decoding": row.cost.decoding._asdict(),
        }
        for row in stage_sizes(parameters)
    }
    return {"stages": stages, "networks": {row.name: row._asdict() for row in network_sizes(parameters)}}


def show(parameters: dict[str, Any], env: str) -> None:
    """Prints the tables of sizes and costs.

    Args:
        parameters: parameters of an environment.
        env: name of the environment, for the title.
    """
    console, speed = Console(width=120), measure_speed()
    console.print(_stages_table(stage_sizes(parameters), env))
    console.print(_decoding_table(stage_sizes(parameters), speed))
    console.print(_networks_table(network_sizes(parameters)))


def show_step(parameters: dict[str, Any], env: str, name: str, batch: int) -> None:
    """Runs one optimiser step of a stage and prints its time, throughput and memory.

    Args:
        parameters: parameters of an environment.
        env: name of the environment, for the output.
        name: stage name.
        batch: batch size in examples.
    """
    config = stage_config(parameters, name)
    flops, report = step_flops(config, batch), one_step(config, batch)
    rate = flops / report.step_s
    print(
        f"{env}, {name} stage, batch {batch}, {report.device}: one step in {report.step_s:.3g} s "
        f"({report.tokens / report.step_s:,.0f} tokens/s), {flops / 1e12:.2f} TFLOP per step, "
        f"{rate / 1e12:.3g} TFLOP/s, {rate / report.product_flops:.0%} of this device's "
        f"{report.product_flops / 1e12:.3g} in matrix products, "
        f"peak memory {report.peak_bytes / 1e9:.1f} GB, loss {report.loss:.2f}, "
        f"{'weights changed' if report.moved else 'weights NOT changed'}; built in {report.build_s:.0f} s"
    )


def step_flops(config: StageModelConfig, batch: int) -> int:
    """FLOP of the model in one optimiser step; recomputation of activations (gradient checkpointing) is not counted."""
    no_recompute = config.transformer.model_copy(update={"recompute": False})
    return stage_cost(config.model_copy(update={"transformer": no_recompute}), batch).training.flops


def _stages_table(rows: list[StageSize], env: str) -> Table:
    table = Table(
        title=f"Stages of {env}: one optimiser step in single precision",
        caption="state: weights, gradients and AdamW moments; activations: stored for the backward pass, attention "
        "weights included; bf16 halves them.",
    )
    for title in (
        "stage",
        "parameters",
        "input",
        "decoder",
        "state",
        "activations per example",
        "batch",
        "FLOP per step",
    ):
        table.add_column(title, justify="left" if title == "stage" else "right")
    for name, batch, cost in rows:
        training = cost.training
        table.add_row(
            name,
            _count(cost.parameters),
            f"{cost.t_memory:,}",
            f"{cost.steps:,}",
            _bytes(training.state_bytes),
            _bytes(training.activation_bytes // batch),
            str(batch),
            _count(training.flops),
        )
    return table


def _decoding_table(rows: list[StageSize], speed: Speed) -> Table:
    table = Table(
        title="Tokens of one 10 s clip, one clip at a time",
        caption="shortest: lower bound on decoding time at this machine's measured speed, "
        f"{speed.flops / 1e9:.0f} GFLOP/s and {speed.bytes_read / 1e9:.1f} GB/s on "
        f"{torch.get_num_threads()} thread(s), without overhead.",
    )
    for title in ("stage", "passes", "parallel blocks", "FLOP", "weights read", "shortest"):
        table.add_column(title, justify="left" if title == "stage" else "right")
    for name, _, cost in rows:
        decoding = cost.decoding
        seconds = max(decoding.flops / speed.flops, decoding.bytes_read / speed.bytes_read)
        work = (_count(decoding.flops), _bytes(decoding.bytes_read), f"{seconds:,.1f} s")
        table.add_row(name, f"{decoding.passes:,}", str(decoding.blocks), *work)
    return table


def _networks_table(rows: list[NetworkSize]) -> Table:
    table = Table(
        title="Encoders and tokenizers trained here", caption="training: with discriminators and training heads"
    )
    for title in ("network", "parameters", "training"):
        table.add_column(title, justify="left" if title == "network" else "right")
    for row in rows:
        table.add_row(row.name, _count(row.parameters), _count(row.training))
    return table


def _count(value: float) -> str:
    for power, letter in ((15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k")):
        if value >= 10**power:
            return f"{value / 10**power:.1f} {letter}"
    return f"{value:.0f}"


def _bytes(value: int) -> str:
    return f"{value / 1e9:.2f} GB" if value >= 1e8 else f"{value / 1e6:.1f} MB"


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
