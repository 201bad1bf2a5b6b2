"""Networks on disk: safetensors and JSON, refused where they do not fit what is asked of them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from v2meow_pipeline.checkpoint import load_checkpoint, loading, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config

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
    """Writes a network atomically.

    Args:
        folder: the checkpoint; an existing one is replaced whole.
        kind: what it is, such as "soundstream"; `load_network` asks for it.
        network: its weights and buffers are kept.
        config: all that it takes to build it again.
        fingerprint: of everything that went into it.
        clock: the rates and codebooks that it was made for; None for a network that depends on none.
        extra: further JSON values, such as `licence`, `trained_on` and figures.
    """
    about = {**(extra or {}), "kind": kind, "fingerprint": fingerprint, "model": config.model_dump(mode="json")}
    if clock is not None:
        about["clock"] = clock.fingerprint_of_tokens()
    weights = whole_state(network)
    arrays = {name: (value.float() if value.is_floating_point() else value).numpy() for name, value in weights.items()}
    save_checkpoint(folder, about, arrays)


def whole_state(network: nn.Module) -> dict[str, Tensor]:
    """Weights and buffers by name, on the CPU.

    Args:
        network: where its weights are divided among processes, every one of them has to call this.

    Returns:
        Whole tensors.
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
    """Reads a network.

    Args:
        folder: written by `save_network`.
        kind: what it must be.
        settings: class of its configuration.
        build: makes the network, with random weights, from its configuration.
        clock: the clock that it must have been made for; None accepts any.

    Returns:
        The network on the CPU in evaluation mode.

    Raises:
        V2MeowError: when it is missing, damaged, or another network. One for other rates or codebooks is a StaleError.
    """
    saved = load_checkpoint(folder, kind, clock)
    with loading(folder):
        network = build(settings.parse(saved.config["model"]))
        given = {name: torch.from_numpy(value) for name, value in saved.weights.items()}
        _check_kinds(given, network)
        network.load_state_dict(given)
    return network.eval()


def _check_kinds(given: Mapping[str, torch.Tensor], network: nn.Module) -> None:
    """Whole numbers are taken for weights without a word."""
    for name, wanted in network.state_dict().items():
        if name in given and given[name].is_floating_point() != wanted.is_floating_point():
            raise ValueError(f"{name} is {given[name].dtype}, not {wanted.dtype}")
