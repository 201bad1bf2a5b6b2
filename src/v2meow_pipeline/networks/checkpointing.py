"""Saving and loading of network checkpoints (safetensors and JSON), with checks of kind and clock."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from v2meow_pipeline.checkpoint import load_checkpoint, loading, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.networks.skip_init import SkipInit

Settings = TypeVar("Settings", bound=Config)
Network = TypeVar("Network", bound=nn.Module)


def save_network(
    folder: Path,
    kind: str,
    network: nn.Module,
    config: Config,
    fingerprint: str,
    clock: Clock | None = None,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Writes a network checkpoint atomically.

    Args:
        folder: checkpoint directory; an existing one is replaced.
        kind: kind of network, such as "soundstream", which `load_network` checks.
        network: network whose weights and buffers are saved.
        config: configuration from which the network can be rebuilt.
        fingerprint: hash of everything that determined the weights.
        clock: frame rates and codebook sizes that the network depends on; None if it depends on none.
        extra: additional JSON metadata, such as `licence`, `trained_on` and metrics.
    """
    about = {**(extra or {}), "kind": kind, "fingerprint": fingerprint, "model": config.model_dump(mode="json")}
    if clock is not None:
        about["clock"] = clock.fingerprint_of_tokens()
    weights = whole_state(network)
    arrays = {name: (value.float() if value.is_floating_point() else value).numpy() for name, value in weights.items()}
    save_checkpoint(folder, about, arrays)


def whole_state(network: nn.Module) -> dict[str, Tensor]:
    """Collects unsharded weights and buffers by name, on the CPU.

    Args:
        network: the network; if its weights are sharded (FSDP), all ranks must call this function.

    Returns:
        Full tensors.
    """
    state = network.state_dict().items()
    return {name: getattr(value, "full_tensor", lambda v=value: v)().detach().cpu() for name, value in state}


def load_network(
    folder: Path,
    kind: str,
    settings: type[Settings],
    build: Callable[[Settings], Network],
    clock: Clock | None = None,
) -> Network:
    """Loads a network.

    Args:
        folder: checkpoint directory written by `save_network`.
        kind: required kind of network.
        settings: configuration class of the network.
        build: function that builds the network from its configuration; called within `SkipInit`.
        clock: required clock; None accepts any.

    Returns:
        The network on the CPU, in evaluation mode.

    Raises:
        V2MeowError: if the checkpoint is missing, damaged or of another kind; StaleError if it was made for other rates
            or codebooks.
    """
    saved = load_checkpoint(folder, kind, clock)
    with loading(folder):
        with SkipInit():
            network = build(settings.parse(saved.config["model"]))
        state = {name: torch.from_numpy(value) for name, value in saved.weights.items()}
        _check_dtypes(state, network)
        network.load_state_dict(state)
    return network.eval()


def _check_dtypes(state: Mapping[str, torch.Tensor], network: nn.Module) -> None:
    """Rejects integers for floating-point weights and vice versa, which `load_state_dict` would convert silently."""
    for name, expected in network.state_dict().items():
        if name in state and state[name].is_floating_point() != expected.is_floating_point():
            raise ValueError(f"{name} is {state[name].dtype}, not {expected.dtype}")
