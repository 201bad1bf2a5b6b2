"""Base class of image towers from transformers, with user-provided weights."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.encoders.image import check_count
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.transformers_weights import CONFIG_FILE, WEIGHTS_FILE
from v2meow_pipeline.networks.weights import models_folder, require_files, weights_fingerprint

BATCH = 8


class Pixels(NamedTuple):
    """RGB normalisation of a tower's input, for colours in [0, 1].

    Attributes:
        mean: mean of each colour channel.
        scale: standard deviation of each colour channel.
    """

    mean: tuple[float, float, float]
    scale: tuple[float, float, float]


class ImageTower:
    """Frozen image network; implements `VisualEncoder`, and subclasses load the network.

    Attributes:
        name: name of the features.
        width: dimension of a feature vector.
        fingerprint: fingerprint of weights, config and preprocessing.
        frames: colour frames at the visual rate, with the network's input size.
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
        """Stores and freezes the network.

        Args:
            folder: directory of the weights.
            revision: revision of the preprocessing.
            network: the image tower.
            embed: function that calls the tower, float32 [batch, 3, size, size] to [batch, width].
            width: dimension of a feature vector.
            frames: specification of the input frames.
            pixels: normalisation of the pixels.
        """
        self.width, self.frames = width, frames
        self.fingerprint = weights_fingerprint(revision, folder / WEIGHTS_FILE, folder / CONFIG_FILE)
        self._network, self._embed, self._pixels = freeze(network), embed, pixels

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """Computes the image embedding of each frame, without L2 normalisation.

        Args:
            frames: `t_visual` RGB frames.
            t_visual: number of frames.

        Returns:
            Embeddings, float32.

        Raises:
            ConfigError: if the number of frames is not `t_visual`.
        """
        check_count(self.name, frames, t_visual)
        pixels = (frames.images / 255 - np.array(self._pixels.mean)) / np.array(self._pixels.scale)
        images = torch.from_numpy(pixels.astype(np.float32).transpose(0, 3, 1, 2).copy())
        return torch.cat([infer(self._network, self._embed, part) for part in images.split(BATCH)]).numpy()


def filled_folder(folder: Path | None, model: str, name: str, download: str) -> Path:
    """Locates the folder of a model's weights and checks that its files exist.

    Args:
        folder: directory of the weights; None uses `name` in the models folder (see `networks.weights.models_folder`).
        model: name of the model, for the error message.
        name: name of the folder.
        download: description and size of the files to put there, for the error message.

    Returns:
        The folder.

    Raises:
        MissingModelError: if a file is missing.
    """
    folder = folder or models_folder() / name
    require_files(folder, (CONFIG_FILE, WEIGHTS_FILE), model, name, download, "use the feature efficientnet_lite0")
    return folder
