"""SigLIP's image tower (Zhai et al. 2023), from a folder of weights that a person provides: beside CLIP, not the
paper's."""

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.image_tower import ImageTower, Pixels, filled_folder
from v2meow_pipeline.media.decode import FrameSpec

if TYPE_CHECKING:
    from transformers import SiglipVisionModel

REVISION = "siglip-1"
NAME = "siglip-base-patch16-224"
DOWNLOAD = "the files of google/siglip-base-patch16-224 on the Hugging Face hub, 0.8 GB"
PIXELS = Pixels((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


class Siglip(ImageTower):
    """The frozen image tower with its attention pooling.

    Attributes:
        name: "siglip".
        width: 768 for the base model; otherwise as the folder's config says.
        fingerprint: of the weights, their config and the preprocessing.
        frames: whole colour frames at visual rate, squeezed into a square of the size that the folder's config says,
            as SigLIP was trained.
    """

    name = "siglip"

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            clock: gives the frame rate.
            folder: `config.json` and `model.safetensors` as transformers writes them; None looks for
                `siglip-base-patch16-224` in the models folder (see `models_folder`).

        Raises:
            MissingModelError: when the folder has no such weights.
        """
        folder = filled_folder(folder, "SigLIP", NAME, DOWNLOAD)
        network = load_tower(folder)
        size_px = network.config.to_dict()["image_size"]
        super().__init__(
            folder,
            REVISION,
            network=network,
            embed=lambda images: network(images).pooler_output,
            width=network.config.hidden_size,
            frames=FrameSpec(fps=float(clock.visual_fps), size_px=size_px, gray=False, fit="stretch"),
            pixels=PIXELS,
        )


def load_tower(folder: Path) -> "SiglipVisionModel":
    """The image tower of a SigLIP folder.

    Args:
        folder: where the weights lie.

    Returns:
        The network, float32.
    """
    from transformers import SiglipVisionConfig, SiglipVisionModel

    config = SiglipVisionConfig.from_pretrained(folder, local_files_only=True)
    return SiglipVisionModel.from_pretrained(
        folder, config=config, local_files_only=True, use_safetensors=True, dtype=torch.float32
    )
