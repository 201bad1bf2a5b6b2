"""Trained ViT-VQGAN behind the `VisualTokenEncoder` interface."""

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
    """Frozen ViT-VQGAN; implements `VisualTokenEncoder`.

    Attributes:
        name: "vitvqgan".
        tokens: tokens per frame: 64 by default, 1,024 in the paper.
        codes: vocabulary size: 8,192 in the paper.
        codebook: codebook vectors, float32 [codes, code_width]; unit length if the quantizer is normalised.
        fingerprint: fingerprint of weights, config and preprocessing.
        frames: colour crops at the visual rate, with the network's image size.
        network: the frozen network.
    """

    name = NAME

    def __init__(self, clock: Clock, checkpoint: Path) -> None:
        """Loads a trained network.

        Args:
            clock: visual frame rate.
            checkpoint: directory with `config.json` and `weights.safetensors` (see
                `encoders.trained.trained_checkpoint`).
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
        """Computes the tokens of each frame independently.

        Args:
            frames: `t_visual` RGB frames of the network's image size.
            t_visual: number of frames.

        Returns:
            Codebook indices in row-major order, int32.

        Raises:
            ConfigError: if the number or size of the frames is wrong.
        """
        check_count(self.name, frames, t_visual)
        # One frame at a time: in a batch, rounding and therefore sometimes tokens depend on the other frames.
        rows = [infer(self.network, self.network.encode, image)[0] for image in to_images(frames.images).split(1)]
        return torch.stack(rows).to(torch.int32).numpy()


def to_images(frames: UInt8[np.ndarray, "t size size 3"]) -> Float[Tensor, "t 3 size size"]:
    """Converts decoded frames to network input: in [0, 1], channels first."""
    return torch.from_numpy(frames).permute(0, 3, 1, 2).to(torch.float32) / 255
