"""VGGish's published layout with random values, written down from the publication, not from our network."""

from pathlib import Path

import torch
from torch import Tensor

# Layers of vggish-10086976.pth: name, and shape of the weights.
LAYERS = {
    "features.0": (64, 1, 3, 3),
    "features.3": (128, 64, 3, 3),
    "features.6": (256, 128, 3, 3),
    "features.8": (256, 256, 3, 3),
    "features.11": (512, 256, 3, 3),
    "features.13": (512, 512, 3, 3),
    "embeddings.0": (4096, 12288),
    "embeddings.2": (4096, 4096),
    "embeddings.4": (128, 4096),
}
LIGHT = ("embeddings.0", "embeddings.2")  # whose rows are all the same, so that a file of them has 20 MB, not 289


def vggish_state(seed: int = 0, light: bool = True) -> dict[str, Tensor]:
    """Tensors by their published names."""
    random = torch.Generator().manual_seed(seed)
    state = {}
    for name, shape in LAYERS.items():
        rows = (1, *shape[1:]) if light and name in LIGHT else shape
        fan_in = torch.Size(shape[1:]).numel()
        state[f"{name}.weight"] = (torch.randn(rows, generator=random) * (2 / fan_in) ** 0.5).expand(shape)
        state[f"{name}.bias"] = 0.1 * torch.randn(shape[0], generator=random)
    return state


def write_vggish(folder: Path, seed: int = 0) -> Path:
    """A folder as a person fills it."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(vggish_state(seed), folder / "vggish-10086976.pth")
    return folder
