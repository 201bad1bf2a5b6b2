"""Published weights of VGGish, from a folder that a person fills.

`vggish-10086976.pth` of harritaylor/torchvggish (release v0.1) is a plain dict of tensors, converted from Google's
checkpoint; `model.safetensors` holds the same names. The PCA that some files bring along (`pproc.`) is left out: it
belongs to the 8-bit embeddings that AudioSet was released with, not to Frechet distances.
"""

from pathlib import Path

import torch

from v2meow_pipeline.encoders.vggish.network import VggishNetwork
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.networks.tensor_files import read_tensor_file, require_tensors
from v2meow_pipeline.networks.weights import MODELS_VARIABLE, models_folder

FOLDER = "vggish"
FILES = ("model.safetensors", "vggish-10086976.pth")  # the first that is there is read
LEFT_OUT = "pproc."
REMEDY = f"Use {FILES[1]} of harritaylor/torchvggish as published, or {FILES[0]} with the same names of tensors."


def published_file(folder: Path | None = None) -> Path:
    """The file of weights.

    Args:
        folder: where it lies; None is `vggish` in the models folder (see `networks.weights.models_folder`).

    Returns:
        The first of `FILES` that is there.

    Raises:
        MissingModelError: when none is.
    """
    folder = folder or models_folder() / FOLDER
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    raise MissingModelError(
        f"VGGish is not in {folder}: {' or '.join(FILES)} missing.",
        f"Put {FILES[1]} of github.com/harritaylor/torchvggish there (release v0.1, 289 MB), or set {MODELS_VARIABLE} "
        f"to the folder that holds {FOLDER}, or leave it out of evaluate.judges.",
    )


def load_published(path: Path) -> VggishNetwork:
    """The network with published weights.

    Args:
        path: see `FILES`; nothing but tensors is unpickled.

    Returns:
        The network in evaluation mode, float32.

    Raises:
        V2MeowError: when the file cannot be read, or its tensors have other names or shapes; they are named.
    """
    tensors = read_tensor_file(path, REMEDY)
    state = {name: value.float() for name, value in tensors.items() if not name.startswith(LEFT_OUT)}
    with torch.device("meta"):  # the random weights of 72 million would be thrown away
        network = VggishNetwork()
    require_tensors(path, "VGGish", state, network.state_dict(), REMEDY)
    network.load_state_dict(state, assign=True)
    return network.eval()
