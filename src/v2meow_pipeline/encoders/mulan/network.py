"""MuLan network: audio tower, text tower and temperature.

Shapes: `batch` pairs, `samples` samples of a segment, `width` width of the joint space.
"""

import math

import torch
from jaxtyping import Float, Num, UInt8
from torch import Tensor, nn
from torch.nn import functional as F

from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.sound import SoundTower
from v2meow_pipeline.encoders.mulan.text import SIGNATURE, build_tower

LARGEST_SCALE = 100.0


class MulanNetwork(nn.Module):
    """Embeds audio and texts in a joint space."""

    signature: UInt8[Tensor, "16"]

    def __init__(self, config: MulanConfig) -> None:
        """Builds both towers with random weights.

        Args:
            config: configuration of MuLan.
        """
        super().__init__()
        self.config = config
        self.sound = SoundTower(config.sound, config.width)
        self.text = build_tower(config.text, config.width)
        self.log_scale = nn.Parameter(torch.tensor(-math.log(config.temperature)))
        self.register_buffer("signature", torch.zeros(SIGNATURE, dtype=torch.uint8))

    def embed_audio(self, waves: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch width"]:
        """L2-normalised embeddings of waveforms of at most one segment, in [-1, 1], at the config's sample rate."""
        return F.normalize(self.sound(waves), dim=-1)

    def embed_text(self, text: Num[Tensor, "batch _"]) -> Float[Tensor, "batch width"]:
        """L2-normalised embeddings of texts as encoded by the reader (see `build_reader`)."""
        return F.normalize(self.text(text), dim=-1)

    @property
    def scale(self) -> Float[Tensor, ""]:
        """Factor of the cosine similarities before the softmax: inverse temperature, at most 100."""
        return self.log_scale.exp().clamp(max=LARGEST_SCALE)

    def sign(self, reader: str) -> None:
        """Stores the fingerprint of the text reader used in training as a buffer.

        Args:
            reader: fingerprint of the reader (see `build_reader`).
        """
        self.signature.copy_(torch.tensor(list(reader.encode("ascii")), dtype=torch.uint8))

    def is_signed(self, reader: str) -> bool:
        """Whether the network was trained with this reader."""
        return bytes(self.signature.tolist()) == reader.encode("ascii")
