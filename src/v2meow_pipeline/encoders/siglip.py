"""Image tower of SigLIP (Zhai et al. 2023), an alternative to the paper's CLIP, from user-provided weights."""

from pathlib import Path
from typing import TYPE_CHECKING

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.image_tower import ImageTower, Pixels, filled_folder
from v2meow_pipeline.media.decode import FrameSpec
from v2meow_pipeline.networks.transformers_weights import load_whole

if TYPE_CHECKING:
    from transformers import SiglipVisionModel

REVISION = "siglip-1"
NAME = "siglip-base-patch16-224"
DOWNLOAD = "the files of google/siglip-base-patch16-224 on the Hugging Face hub, 0.8 GB"
PIXELS = Pixels((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


class Siglip(ImageTower):
    """Frozen image tower of SigLIP with its attention pooling.

    Attributes:
        name: "siglip".
        width: width of the folder's config; 768 for the base model.
        fingerprint: fingerprint of weights, config and preprocessing.
        frames: colour frames at the visual rate, stretched to a square of the config's image size, as in SigLIP's
            training.
    """

    name = "siglip"

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            clock: visual frame rate.
            folder: directory with `config.json` and `model.safetensors` in transformers format; None uses
                `siglip-base-patch16-224` in the models folder (see `models_folder`).

        Raises:
            MissingModelError: if the directory does not contain the weights.
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
    """Loads the image tower of a SigLIP model.

    Args:
        folder: directory of the model.

    Returns:
        The network, float32.

    Raises:
        V2MeowError: if weights are missing or of another shape.
    """
    from transformers import SiglipVisionConfig, SiglipVisionModel

    config = SiglipVisionConfig.from_pretrained(folder, local_files_only=True)
    network: SiglipVisionModel = load_whole(SiglipVisionModel, folder, config)
    return network
