"""Loading of transformers networks from user-provided folders; incomplete or damaged weights are refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.networks.tensor_files import UNREADABLE, first_line

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
SHOWN = 3
# Only used when a speech network is trained; fine-tuned checkpoints lack it.
TRAINING_ONLY = frozenset(["masked_spec_embed"])


def load_whole(kind: Any, folder: Path, config: Any = None, weights_file: str = WEIGHTS_FILE) -> Any:
    """Loads a network of transformers in float32, and refuses files without all of its weights.

    transformers itself initialises missing weights at random, with a warning.

    Args:
        kind: class of the network, or an Auto class.
        folder: directory of the weights.
        config: configuration of the network; None reads it from the folder.
        weights_file: name of the weights. Files that are not safetensors are loaded with `weights_only=True`, which
            executes no code.

    Returns:
        The network.

    Raises:
        V2MeowError: if the files cannot be read, or weights are missing, of another shape, or NaN or infinite; the
            message lists some of them.
    """
    options: dict[str, Any] = {"local_files_only": True, "weights_only": True, "dtype": torch.float32}
    options |= {"use_safetensors": weights_file.endswith(".safetensors")} | (
        {} if config is None else {"config": config}
    )
    remedy = f"Copy {weights_file} and {CONFIG_FILE} again, both from the same model."
    try:
        with _quiet():
            network, info = kind.from_pretrained(
                folder, output_loading_info=True, ignore_mismatched_sizes=True, **options
            )
    except UNREADABLE as error:
        raise V2MeowError(f"{folder} holds no readable {kind.__name__}: {first_line(error)}", remedy) from error
    other = {str(key[0] if isinstance(key, tuple) else key) for key in info["mismatched_keys"]}
    faults = {
        "missing": sorted({str(key) for key in info["missing_keys"]} - other - TRAINING_ONLY),
        "of another shape": sorted(other),
        "NaN or infinite": _not_finite(network),
    }
    found = [f"{len(names)} {what} ({', '.join(names[:SHOWN])})" for what, names in faults.items() if names]
    if found:
        problem = f"{folder / weights_file} is no {type(network).__name__}: of its weights are {'; '.join(found)}."
        raise V2MeowError(problem, remedy)
    return network


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppresses the progress bar of transformers, and its table of weights, which `load_whole` checks itself."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _not_finite(network: torch.nn.Module) -> list[str]:
    """Names of the floating-point tensors with NaN or infinite values."""
    return [
        name for name, value in network.state_dict().items() if value.is_floating_point() and not value.isfinite().all()
    ]
