"""VGGish network (Hershey et al. 2017, "CNN architectures for large-scale audio classification").

VGG configuration A without its last group of convolutions, with 128 outputs: 72.1 million parameters. Layers have the
names of the PyTorch port (harritaylor/torchvggish), whose weight file is the most widely used.
"""

from jaxtyping import Float
from torch import Tensor, nn

FRAMES, WIDTH = 96, 128
GROUPS = ((64,), (128,), (256, 256), (512, 512))  # channels of convolutions; max pooling after each group
HIDDEN = 4096
LAST_MAP = 512 * 6 * 4  # size of the last feature map, for 96 frames and 64 bands


class VggishNetwork(nn.Module):
    """VGGish: six convolutions and three linear layers, without activation after the last one."""

    def __init__(self) -> None:
        """Builds the network with random weights."""
        super().__init__()
        self.features = nn.Sequential(*_convolutions())
        self.embeddings = nn.Sequential(
            nn.Linear(LAST_MAP, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, WIDTH)
        )

    def forward(self, examples: Float[Tensor, "batch 96 64"]) -> Float[Tensor, "batch 128"]:
        """Computes embeddings before the activation; flattens feature maps channels-last, as TensorFlow does.

        Args:
            examples: log-mel windows, time first.

        Returns:
            Embeddings.
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
