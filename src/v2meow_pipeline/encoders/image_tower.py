"""What image towers of transformers have in common: a folder that a person fills, pixels in, one vector a frame."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.encoders.image import check_count
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import MODELS_VARIABLE, models_folder, weights_fingerprint

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
BATCH = 8


class Pixels(NamedTuple):
    """The statistics that a tower's pictures are normalised with, of colours in [0, 1]: red, green, blue."""

    mean: tuple[float, float, float]
    scale: tuple[float, float, float]


class ImageTower:
    """A frozen image network behind the `VisualEncoder` protocol; subclasses say which and load it.

    Attributes:
        name: of the features.
        width: of one vector.
        fingerprint: of the weights, their config and the preprocessing.
        frames: colour frames at visual rate, of the size that the network expects.
    """

    name: str

    def __init__(
        self,
        folder: Path,
        revision: str,
        network: nn.Module,
        embed: Callable[[Tensor], Tensor],
        width: int,
        frames: FrameSpec,
        pixels: Pixels,
    ) -> None:
        """Puts the parts together.

        Args:
            folder: where the weights were read from.
            revision: of the preprocessing.
            network: the tower.
            embed: calls it, float32 [batch, 3, size, size] to [batch, width].
            width: of one vector.
            frames: what to decode.
            pixels: how they are normalised.
        """
        self.width, self.frames = width, frames
        self.fingerprint = weights_fingerprint(revision, folder / WEIGHTS_FILE, folder / CONFIG_FILE)
        self._network, self._embed, self._pixels = freeze(network), embed, pixels

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """The image embedding of each frame, not normalised.

        Args:
            frames: `t_visual` RGB frames.
            t_visual: how many.

        Returns:
            float32.

        Raises:
            ConfigError: when there are more or fewer frames.
        """
        check_count(self.name, frames, t_visual)
        pixels = (frames.images / 255 - np.array(self._pixels.mean)) / np.array(self._pixels.scale)
        images = torch.from_numpy(pixels.astype(np.float32).transpose(0, 3, 1, 2).copy())
        return torch.cat([infer(self._network, self._embed, part) for part in images.split(BATCH)]).numpy()


def filled_folder(folder: Path | None, model: str, name: str, download: str) -> Path:
    """The folder of a model's weights, once it is known to have them; only safetensors are read.

    Args:
        folder: where they lie; None is `name` in the models folder (see `networks.weights.models_folder`).
        model: what people call it.
        name: of the folder.
        download: what to put there and how big it is.

    Returns:
        The folder.

    Raises:
        MissingModelError: when a file is missing.
    """
    folder = folder or models_folder() / name
    absent = [file for file in (CONFIG_FILE, WEIGHTS_FILE) if not (folder / file).is_file()]
    if absent:
        raise MissingModelError(
            f"{model} is not in {folder}: {' and '.join(absent)} missing.",
            f"Put {download} there, or set {MODELS_VARIABLE} to the folder that holds {name}, "
            "or use the feature efficientnet_lite0.",
        )
    return folder
