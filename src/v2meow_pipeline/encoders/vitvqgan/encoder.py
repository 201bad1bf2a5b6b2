"""The trained ViT-VQGAN as a frozen encoder: the tokens of each frame of a clip."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from v2meow_pipeline.checkpoint import CONFIG_NAME, WEIGHTS_NAME
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.image import check_count
from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.encoders.vitvqgan.network import ViTVQGAN
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.networks.checkpointing import load_network
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import weights_fingerprint

NAME = "vitvqgan"
REVISION = "vitvqgan-1"


class ViTVQGANTokens:
    """The network behind the `VisualTokenEncoder` protocol.

    Attributes:
        name: "vitvqgan".
        tokens: of one frame: 64 by default, 1,024 in the paper.
        codes: size of the vocabulary: 8,192 in the paper.
        codebook: float32 [codes, code_width], unit vectors where the quantizer is normalised.
        fingerprint: of the weights, their config and the preprocessing.
        frames: colour crops at visual rate, of the size that the network was trained for.
        network: frozen, on the CPU; its `decode` shows what the tokens keep.
    """

    name = NAME

    def __init__(self, clock: Clock, checkpoint: Path) -> None:
        """Loads a trained network.

        Args:
            clock: gives the frame rate.
            checkpoint: `config.json` and `weights.safetensors`, see `encoders.trained.trained_checkpoint`.
        """
        network = load_network(checkpoint, NAME, ViTVQGANConfig, ViTVQGAN).requires_grad_(False)
        config = network.config
        self.tokens: int = config.tokens
        self.codes: int = config.quantizer.codes
        self.codebook: Float[np.ndarray, "codes code_width"] = network.quantizer.codebook.numpy()
        self.network = freeze(network)
        self.fingerprint = weights_fingerprint(REVISION, checkpoint / WEIGHTS_NAME, checkpoint / CONFIG_NAME)
        self.frames = FrameSpec(fps=float(clock.visual_fps), size_px=config.size_px, gray=False, fit="crop")

    def encode(self, frames: SampledFrames, t_visual: int) -> Int[np.ndarray, "{t_visual} tokens"]:
        """The tokens of each frame, which do not depend on other frames.

        Args:
            frames: `t_visual` RGB frames of the network's size.
            t_visual: how many.

        Returns:
            int32, indices of the codebook in reading order.

        Raises:
            ConfigError: when there are more or fewer frames, or they have another size.
        """
        check_count(self.name, frames, t_visual)
        # One by one: in a batch the last bits of a frame's numbers, so now and then a token, depend on the others.
        rows = [infer(self.network, self.network.encode, image)[0] for image in to_images(frames.images).split(1)]
        return torch.stack(rows).to(torch.int32).numpy()


def to_images(frames: UInt8[np.ndarray, "t size size 3"]) -> Float[Tensor, "t 3 size size"]:
    """Decoded frames as the network reads them: in [0, 1], channels first."""
    return torch.from_numpy(frames).permute(0, 3, 1, 2).to(torch.float32) / 255
