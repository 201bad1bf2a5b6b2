"""Loading of published VGGish weights, provided by the user.

`vggish-10086976.pth` of harritaylor/torchvggish (release v0.1) is a dict of tensors converted from Google's checkpoint;
`model.safetensors` has the same names. The PCA in some files (`pproc.`) is not loaded: it is for the 8-bit embeddings
of the AudioSet release, not for Frechet distances.
"""

from pathlib import Path

import torch

from v2meow_pipeline.encoders.vggish.network import VggishNetwork
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.networks.tensor_files import read_tensor_file, require_tensors
from v2meow_pipeline.networks.weights import MODELS_VARIABLE, models_folder

FOLDER = "vggish"
FILES = ("model.safetensors", "vggish-10086976.pth")  # in order of precedence
LEFT_OUT = "pproc."
REMEDY = f"Use {FILES[1]} of harritaylor/torchvggish as published, or {FILES[0]} with the same names of tensors."


def published_file(folder: Path | None = None) -> Path:
    """Finds the weight file.

    Args:
        folder: directory of the file; None uses `vggish` in the models folder (see `networks.weights.models_folder`).

    Returns:
        The first of `FILES` that exists.

    Raises:
        MissingModelError: if none exists.
    """
    folder = folder or models_folder() / FOLDER
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    raise MissingModelError(
        f"VGGish is not in {folder}: {' or '.join(FILES)} missing.",
        f"Put {FILES[1]} of github.com/harritaylor/torchvggish there (release v0.1, 289 MB), or set {MODELS_VARIABLE} "
        f"to the folder that holds {FOLDER}, or remove it from evaluate.judges.",
    )


def load_published(path: Path) -> VggishNetwork:
    """Loads the network with published weights.

    Args:
        path: weight file (see `FILES`), loaded with `weights_only=True`.

    Returns:
        The network in evaluation mode, float32.

    Raises:
        V2MeowError: if the file cannot be read, or its tensors have other names or shapes, which the message lists.
    """
    tensors = read_tensor_file(path, REMEDY)
    state = {name: value.float() for name, value in tensors.items() if not name.startswith(LEFT_OUT)}
    with torch.device("meta"):  # avoids initialising 72 million weights that are replaced
        network = VggishNetwork()
    require_tensors(path, "VGGish", state, network.state_dict(), REMEDY)
    network.load_state_dict(state, assign=True)
    return network.eval()
