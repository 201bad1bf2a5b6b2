"""Matrix multiplication throughput of a device, the reference for the utilisation of a training step."""

import time

import torch

CPU_SIZE, GPU_SIZE = 1024, 8192
WARM_UP, TIMED = 3, 5


def product_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Measures FLOP/s of products of square random matrices.

    Args:
        device: device to benchmark.
        dtype: data type of the matrices.

    Returns:
        Maximum FLOP/s over a few products (a multiply-add counts as two operations).
    """
    size = CPU_SIZE if device.type == "cpu" else GPU_SIZE
    a = torch.randn(size, size, device=device, dtype=dtype)
    seconds = []
    for _ in range(WARM_UP + TIMED):
        wait(device)
        started = time.perf_counter()
        a @ a
        wait(device)
        seconds.append(time.perf_counter() - started)
    return 2 * size**3 / min(seconds)


def wait(device: torch.device) -> None:
    """Synchronises with a GPU; returns immediately for a CPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
