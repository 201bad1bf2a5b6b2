"""Image tower of CLIP, the paper's visual encoder, from user-provided weights."""

from pathlib import Path
from typing import TYPE_CHECKING

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.image_tower import ImageTower, Pixels, filled_folder
from v2meow_pipeline.media.decode import FrameSpec
from v2meow_pipeline.networks.transformers_weights import load_whole

if TYPE_CHECKING:
    from transformers import CLIPVisionModelWithProjection

REVISION = "clip-1"
NAME = "clip-vit-large-patch14"  # the paper's ViT-L/14, 768 dimensions
DOWNLOAD = "the files of openai/clip-vit-large-patch14 on the Hugging Face hub, 1.7 GB"
# openai/CLIP, clip.py: _transform
PIXELS = Pixels((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))


class Clip(ImageTower):
    """Frozen image tower of CLIP with its projection.

    Attributes:
        name: "clip".
        width: projection dimension of the folder's config; 768 for ViT-L/14.
        fingerprint: fingerprint of weights, config and preprocessing.
        frames: colour crops at the visual rate, with the image size of the folder's config.
    """

    name = "clip"

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            clock: visual frame rate.
            folder: directory with `config.json` and `model.safetensors` in transformers format; None uses
                `clip-vit-large-patch14` in the models folder (see `models_folder`).

        Raises:
            MissingModelError: if the directory does not contain the weights.
        """
        folder = filled_folder(folder, "CLIP", NAME, DOWNLOAD)
        network = load_tower(folder)
        size_px = network.vision_model.embeddings.image_size
        super().__init__(
            folder,
            REVISION,
            network=network,
            embed=lambda images: network(images).image_embeds,
            width=network.config.projection_dim,
            frames=FrameSpec(fps=float(clock.visual_fps), size_px=size_px, gray=False, fit="crop"),
            pixels=PIXELS,
        )


def load_tower(folder: Path) -> "CLIPVisionModelWithProjection":
    """Loads the image tower of a CLIP model.

    Args:
        folder: directory of the model.

    Returns:
        The network, float32.

    Raises:
        V2MeowError: if weights are missing or of another shape.
    """
    from transformers import CLIPConfig, CLIPVisionConfig, CLIPVisionModelWithProjection

    # Some vision configs lack the projection dimension and would default to 512, so it is taken from the main config.
    width = CLIPConfig.from_pretrained(folder, local_files_only=True).projection_dim
    config = CLIPVisionConfig.from_pretrained(folder, local_files_only=True, projection_dim=width)
    network: CLIPVisionModelWithProjection = load_whole(CLIPVisionModelWithProjection, folder, config)
    return network
