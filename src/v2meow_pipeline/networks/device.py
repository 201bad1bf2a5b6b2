"""Where networks that only answer run. Training has Lightning for that."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from v2meow_pipeline.errors import ConfigError

DEVICE_VARIABLE = "V2MEOW_DEVICE"

Network = TypeVar("Network", bound=nn.Module)


def best_device() -> torch.device:
    """$V2MEOW_DEVICE where it is set ("cpu", "cuda", "cuda:1"), else the GPU that torch takes first, else the CPU.

    Returns:
        The device.

    Raises:
        ConfigError: when the variable names what torch does not know or this machine does not have.
    """
    return _device(os.environ.get(DEVICE_VARIABLE) or ("cuda" if torch.cuda.is_available() else "cpu"))


@cache
def _device(name: str) -> torch.device:
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(
            f"{DEVICE_VARIABLE} asks for {name!r}, which is not to be had: {str(error).splitlines()[0]}",
            "Unset it, or set it to cpu, cuda or cuda:N.",
        ) from error


def freeze(network: Network) -> Network:
    """The network in evaluation mode, without gradients, on `best_device()`."""
    return network.eval().requires_grad_(False).to(best_device())


def device_of(network: nn.Module) -> torch.device:
    """Where its first parameter lies."""
    return next(network.parameters()).device


def infer(network: nn.Module, function: Callable[..., Tensor], *values: Any) -> Tensor:
    """Calls a network in inference mode where it lies, and brings its answer back.

    Convolutions are computed in full single precision, on GPUs too: tokens shall be those of the CPU, but for rounding.

    Args:
        network: says where.
        function: the network itself, a method of it, or what calls it.
        *values: arguments of `function`; tensors may lie anywhere.

    Returns:
        The answer, on the CPU.
    """
    device = device_of(network)
    there = (value.to(device) if isinstance(value, Tensor) else value for value in values)
    with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False):
        return function(*there).cpu()
