"""Base class of image towers from transformers, with user-provided weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.encoders.image import check_count
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import models_folder, require_files, weights_fingerprint

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
BATCH = 8
SHOWN = 3


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


def load_whole(kind: Any, folder: Path, config: Any) -> Any:
    """Loads a network of transformers in float32, and refuses files without all of its weights.

    transformers itself initialises missing weights at random, with a warning.

    Args:
        kind: class of the network.
        folder: directory of the weights.
        config: configuration of the network.

    Returns:
        The network, an instance of `kind`.

    Raises:
        V2MeowError: if weights are missing or of another shape; the message lists some of them.
    """
    options = {"local_files_only": True, "use_safetensors": True, "dtype": torch.float32}
    network, info = kind.from_pretrained(
        folder, config=config, output_loading_info=True, ignore_mismatched_sizes=True, **options
    )
    missing = {str(key) for key in info["missing_keys"]}
    other = {str(key[0] if isinstance(key, tuple) else key) for key in info["mismatched_keys"]}
    faults = {"missing": sorted(missing - other), "of another shape": sorted(other)}
    found = [f"{len(names)} {what} ({', '.join(names[:SHOWN])})" for what, names in faults.items() if names]
    if found:
        problem = f"{folder / WEIGHTS_FILE} is no {kind.__name__}: of its weights are {'; '.join(found)}."
        raise V2MeowError(problem, f"Copy {WEIGHTS_FILE} and {CONFIG_FILE} again, both from the same model.")
    return network
