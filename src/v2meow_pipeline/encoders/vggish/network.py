"""VGGish's network (Hershey et al. 2017, "CNN architectures for large-scale audio classification").

VGG's configuration A without its last group of convolutions, and with 128 numbers at the end: 72.1 million weights.
Layers are named as in the PyTorch port (harritaylor/torchvggish), whose file of weights is the one that people have.
"""

from jaxtyping import Float
from torch import Tensor, nn

FRAMES, WIDTH = 96, 128
GROUPS = ((64,), (128,), (256, 256), (512, 512))  # channels of convolutions; each group ends in a pooling
HIDDEN = 4096
LAST_MAP = 512 * 6 * 4  # of 96 frames and 64 bands after four poolings


class VggishNetwork(nn.Module):
    """Six convolutions, three linear layers; no activation after the last one."""

    def __init__(self) -> None:
        """Builds the network with random weights."""
        super().__init__()
        self.features = nn.Sequential(*_convolutions())
        self.embeddings = nn.Sequential(
            nn.Linear(LAST_MAP, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, WIDTH)
        )

    def forward(self, examples: Float[Tensor, "batch 96 64"]) -> Float[Tensor, "batch 128"]:
        """The embedding of each example, before the activation.

        Args:
            examples: log mel spectra, time first.

        Returns:
            Any sign; the last map is read frame by frame, channels last, as TensorFlow flattens it.
        """
        return self.embeddings(self.features(examples[:, None]).permute(0, 2, 3, 1).flatten(1))


def _convolutions() -> list[nn.Module]:
    layers: list[nn.Module] = []
    channels = 1
    for group in GROUPS:
        for width in group:
            layers += [nn.Conv2d(channels, width, kernel_size=3, padding=1), nn.ReLU()]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return layers
