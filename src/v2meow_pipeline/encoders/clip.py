"""CLIP's image tower: the paper's encoder, from a folder of weights that a person provides."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.image import check_count
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.networks.weights import models_folder, weights_fingerprint

if TYPE_CHECKING:
    from transformers import CLIPVisionModelWithProjection

REVISION = "clip-1"
NAME = "clip-vit-large-patch14"  # the paper's: ViT-L/14, 768 numbers
DOWNLOAD = "the files of openai/clip-vit-large-patch14 on the Hugging Face hub, 1.7 GB"
BATCH = 8
# openai/CLIP, clip.py: _transform
PIXEL_MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
PIXEL_SCALE = np.array([0.26862954, 0.26130258, 0.27577711])


class Clip:
    """The frozen image tower with its projection, behind the `VisualEncoder` protocol.

    Attributes:
        name: "clip".
        width: 768 for ViT-L/14; otherwise as the folder's config says.
        fingerprint: of the weights, their config and the preprocessing.
        frames: colour crops at visual rate, of the size that the folder's config says.
    """

    name = "clip"

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            clock: gives the frame rate.
            folder: `config.json` and `model.safetensors` as transformers writes them; None looks for
                `clip-vit-large-patch14` in the models folder (see `models_folder`).

        Raises:
            MissingModelError: when the folder has no such weights.
        """
        folder = folder or models_folder() / NAME
        self._network = load_tower(folder)
        config = self._network.config
        self.width: int = config.projection_dim
        self.fingerprint = weights_fingerprint(REVISION, folder / "model.safetensors", folder / "config.json")
        size_px = self._network.vision_model.embeddings.image_size
        self.frames = FrameSpec(fps=float(clock.visual_fps), size_px=size_px, gray=False, fit="crop")

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """The projected image embedding of each frame, not normalised.

        Args:
            frames: `t_visual` RGB frames.
            t_visual: how many.

        Returns:
            float32.

        Raises:
            ConfigError: when there are more or fewer frames.
        """
        check_count(self.name, frames, t_visual)
        pixels = ((frames.images / 255 - PIXEL_MEAN) / PIXEL_SCALE).astype(np.float32)
        images = torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy())
        with torch.inference_mode():
            return torch.cat([self._network(part).image_embeds for part in images.split(BATCH)]).numpy()


def load_tower(folder: Path) -> "CLIPVisionModelWithProjection":
    """The image tower of a CLIP folder; only safetensors are read.

    Args:
        folder: where the weights lie.

    Returns:
        The network, frozen, float32.

    Raises:
        MissingModelError: when they do not.
    """
    absent = [name for name in ("config.json", "model.safetensors") if not (folder / name).is_file()]
    if absent:
        raise MissingModelError(
            f"CLIP is not in {folder}: {' and '.join(absent)} missing.",
            f"Put {DOWNLOAD} there, or set V2MEOW_MODELS to the folder that holds {NAME}, "
            "or use the feature efficientnet_lite0.",
        )
    from transformers import CLIPConfig, CLIPVisionConfig, CLIPVisionModelWithProjection

    # The tower's own copy of this width is absent from some configs, and would then be 512.
    width = CLIPConfig.from_pretrained(folder, local_files_only=True).projection_dim
    config = CLIPVisionConfig.from_pretrained(folder, local_files_only=True, projection_dim=width)
    network = CLIPVisionModelWithProjection.from_pretrained(
        folder, config=config, local_files_only=True, use_safetensors=True, dtype=torch.float32
    )
    return network.eval().requires_grad_(False)
