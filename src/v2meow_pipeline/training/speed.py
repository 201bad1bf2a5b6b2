"""How fast a device multiplies matrices: what the speed of a training step is a share of."""

import time

import torch

CPU_SIZE, GPU_SIZE = 1024, 8192
WARM_UP, TIMED = 3, 5


def product_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Floating-point operations a second in products of square matrices of random numbers.

    Args:
        device: where.
        dtype: of the matrices.

    Returns:
        The best of a few products (a multiplication and an addition are two operations).
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
    """Waits until a GPU has done what it was given; a CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
