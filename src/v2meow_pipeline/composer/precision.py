"""Half precision on disk: weight matrices are stored as float16, and computed with as float32.

Vectors, buffers such as means and codebooks, and checkpoints that are not networks, such as k-means centres, keep their
precision. A rounded network gets its own fingerprint, so that tokens made with the original network are not mistaken
for tokens made with the rounded one.
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
    """Arrays of a bundle that may be rounded.

    Args:
        bundle: loaded models.
        parts: names of the checkpoints in the bundle; those that are not networks of this project are left out.

    Returns:
        Names of the parameters of each stage, and of the codec and the vocoder if they are networks.
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
    """Fingerprint of a checkpoint after rounding; a rounded checkpoint keeps its fingerprint."""
    config = read_config(checkpoint)
    made_by = str(config["fingerprint"])
    return made_by if config.get(PRECISION) == HALF else fingerprint(made_by, HALF)


def write_rounded(source: Path, target: Path, parameters: Collection[str], renamed: Mapping[str, str]) -> None:
    """Writes a checkpoint in half precision.

    Args:
        source: checkpoint folder.
        target: output folder.
        parameters: names of the arrays that are rounded, beside those that are stored in half precision already.
        renamed: fingerprint of each rounded checkpoint, by its name in the bundle; replaces entries of `made_with`.

    Raises:
        V2MeowError: when a weight is too large for half precision.
    """
    config, weights = load_checkpoint(source)
    described: dict[str, Any] = {**config, "fingerprint": rounded_fingerprint(source), PRECISION: HALF}
    described.setdefault(ROUNDED_FROM, config["fingerprint"])
    if "made_with" in config:
        described["made_with"] = {name: renamed.get(name, made_by) for name, made_by in config["made_with"].items()}
    rounded = {*parameters, *half_precision_arrays(source)}
    halved = {name: _half(values, source) if name in rounded else values for name, values in weights.items()}
    save_checkpoint(target, described, halved)


def _network_in(codec: object, arrays: Collection[str]) -> nn.Module | None:
    """Network of a codec: its module with these arrays; None if its checkpoint is not a network."""
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
