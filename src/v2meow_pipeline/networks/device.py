"""Device selection and inference helpers for frozen networks; in training, Lightning selects the device."""

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
    """Device for inference: $V2MEOW_DEVICE if set ("cpu", "cuda", "cuda:1"), else the default GPU, else the CPU.

    Returns:
        The device.

    Raises:
        ConfigError: if the variable names a device that is unknown or not available.
    """
    return _device(os.environ.get(DEVICE_VARIABLE) or ("cuda" if torch.cuda.is_available() else "cpu"))


@cache
def _device(name: str) -> torch.device:
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(
            f"{DEVICE_VARIABLE} is set to {name!r}, which is not available: {str(error).splitlines()[0]}",
            "Unset it, or set it to cpu, cuda or cuda:N.",
        ) from error


def freeze(network: Network) -> Network:
    """Puts a network in evaluation mode on `best_device()` and disables its gradients."""
    return network.eval().requires_grad_(False).to(best_device())


def device_of(network: nn.Module) -> torch.device:
    """Device of the network's first parameter."""
    return next(network.parameters()).device


def infer(network: nn.Module, function: Callable[..., Tensor], *values: Any) -> Tensor:
    """Calls a function in inference mode on the device of a network, and returns the result on the CPU.

    TF32 convolutions are disabled, so that tokens computed on a GPU equal those of the CPU up to rounding.

    Args:
        network: network that determines the device.
        function: the network, one of its methods, or a function that calls it.
        *values: arguments of `function`; tensors on any device.

    Returns:
        Result of the call, on the CPU.
    """
    device = device_of(network)
    moved = (value.to(device) if isinstance(value, Tensor) else value for value in values)
    with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False):
        return function(*moved).cpu()
