"""Half precision on disk: matrices of networks take two bytes a number, and are computed with in single precision.

What is small and exact stays as it is: vectors, buffers such as means and codebooks, and what is not a network, such as
the centres of k-means. A rounded network is another network: it gets a fingerprint of its own, so that nothing
made with the first is taken for made with the second.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import nn

from v2meow_pipeline.checkpoint import half_precision_arrays, load_checkpoint, read_config, save_checkpoint
from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.model_store import CODEC, ModelStore, trained_part
from v2meow_pipeline.tokenizers.vocoder.checkpointing import load_vocoder

Precision = Literal["float32", "float16"]
HALF: Precision = "float16"
PRECISION, ROUNDED_FROM = "precision", "rounded_from"
FEWEST_AXES = 2


def rounded_parameters(bundle: Bundle, parts: Iterable[str]) -> dict[str, set[str]]:
    """Which arrays of a bundle may be rounded.

    Args:
        bundle: the models.
        parts: their checkpoints, by folder; what is not a network of ours is left out of the answer.

    Returns:
        For each stage, and for the codec and the vocoder where they are networks, the names of their parameters.
    """
    models = ModelStore(bundle.folder)
    networks: dict[str, nn.Module | None] = {trained_part(model.spec.name): model for model in bundle.stages.values()}
    networks[CODEC] = _network_in(bundle.codec, load_checkpoint(models.codec).weights.keys())
    if (name := models.name_of(models.vocoder)) in parts:
        networks[name] = load_vocoder(models.vocoder, bundle.clock)
    return {
        name: {key for key, _ in network.named_parameters(remove_duplicate=False)}
        for name, network in networks.items()
        if network is not None
    }


def rounded_fingerprint(checkpoint: Path) -> str:
    """The fingerprint that a checkpoint has once it is rounded; rounding it again changes nothing."""
    config = read_config(checkpoint)
    made_by = str(config["fingerprint"])
    return made_by if config.get(PRECISION) == HALF else fingerprint(made_by, HALF)


def write_rounded(source: Path, target: Path, parameters: Collection[str], renamed: Mapping[str, str]) -> None:
    """Writes a checkpoint in half precision.

    Args:
        source: the checkpoint.
        target: of the copy.
        parameters: names of the arrays that may be rounded.
        renamed: fingerprints of all rounded checkpoints by folder, in place of those that this one was made with.

    Raises:
        V2MeowError: when a number is too large for half precision.
    """
    config, weights = load_checkpoint(source)
    told: dict[str, Any] = {**config, "fingerprint": rounded_fingerprint(source), PRECISION: HALF}
    told.setdefault(ROUNDED_FROM, config["fingerprint"])
    if "made_with" in config:
        told["made_with"] = {name: renamed.get(name, made_by) for name, made_by in config["made_with"].items()}
    rounded = {*parameters, *half_precision_arrays(source)}
    halved = {name: _half(values, source) if name in rounded else values for name, values in weights.items()}
    save_checkpoint(target, told, halved)


def _network_in(codec: object, arrays: Collection[str]) -> nn.Module | None:
    """The network of a codec, if its checkpoint holds one: the module that has these arrays."""
    modules = (value for value in vars(codec).values() if isinstance(value, nn.Module))
    return next((module for module in modules if set(module.state_dict()) == set(arrays)), None)


def _half(values: np.ndarray, source: Path) -> np.ndarray:
    if values.dtype != np.float32 or values.ndim < FEWEST_AXES:
        return values
    with np.errstate(over="ignore"):
        halved = values.astype(np.float16)
    if not np.isfinite(halved).all():
        raise V2MeowError(f"A weight in {source} is too large for half precision.", "Pack with --precision float32.")
    return halved
