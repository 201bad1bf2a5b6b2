"""Image tokenizer of Janus, from user-provided weights: 576 tokens of 16,384 codes per frame.

The VQ model of Janus-Pro (Chen et al. 2025; trained by LlamaGen, Sun et al. 2024, as "VQ-16") is a convolutional VQGAN
with images of 384 px, patches of 16 px and L2-normalised codes of width 8. It replaces the paper's ViT-VQGAN, which was
never published.

The original code normalises both vectors and codes. transformers normalises them in decoding but not in encoding; here
both are normalised, so that encoding matches decoding.
"""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders.image import check_count
from v2meow_pipeline.errors import ConfigError, MissingModelError, V2MeowError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import models_folder

if TYPE_CHECKING:
    from transformers import JanusVQVAE

REVISION = "janus-1"
FOLDER = "Janus-Pro-1B"
DOWNLOAD = (
    "config.json and model.safetensors of deepseek-community/Janus-Pro-1B on the Hugging Face hub (4.2 GB, of which "
    "the image tokenizer is 0.2)"
)
PREFIX = "model.vqmodel."  # in the whole model; a tokenizer saved separately has no prefix


class JanusTokens:
    """Frozen image tokenizer of Janus; implements `VisualTokenEncoder`.

    Attributes:
        name: "janus".
        tokens: tokens per frame: 576.
        codes: vocabulary size: 16,384.
        codebook: codebook vectors, unit length, float32 [codes, 8].
        fingerprint: fingerprint of the tokenizer's weights and the preprocessing.
        frames: colour crops of 384 px at the visual rate.
    """

    name = "janus"

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            clock: visual frame rate.
            folder: directory with `config.json` and safetensors in transformers format, of the whole Janus or of its
                JanusVQVAE; None uses `Janus-Pro-1B` in the models folder (see `networks.weights.models_folder`).

        Raises:
            MissingModelError: if the directory does not contain the weights.
        """
        self._network = load_tokenizer(folder or models_folder() / FOLDER)
        config = self._network.config
        self.tokens: int = config.num_patches**2
        self.codes: int = config.num_embeddings
        codes = F.normalize(self._network.quantize.embedding.weight.detach(), dim=-1)
        self.codebook: Float[np.ndarray, "codes code_width"] = codes.numpy()
        self.fingerprint = _fingerprint(self._network)
        self._network = freeze(self._network)
        # Adjacent resolutions of the encoder differ by a factor of two.
        self._size_px = config.num_patches * 2 ** (len(config.channel_multiplier) - 1)
        self.frames = FrameSpec(fps=float(clock.visual_fps), size_px=self._size_px, gray=False, fit="crop")

    def encode(self, frames: SampledFrames, t_visual: int) -> Int[np.ndarray, "{t_visual} tokens"]:
        """Computes the tokens of each frame independently.

        Args:
            frames: `t_visual` RGB frames of the tokenizer's size.
            t_visual: number of frames.

        Returns:
            Codebook indices in row-major order, int32.

        Raises:
            ConfigError: if the number or size of the frames is wrong.
        """
        check_count(self.name, frames, t_visual)
        if frames.images.shape[1:3] != (self._size_px, self._size_px):
            actual = " x ".join(map(str, frames.images.shape[1:3]))
            problem = f"{self.name} needs frames of {self._size_px} x {self._size_px} pixels, not {actual}."
            raise ConfigError(problem, "Decode the frames at the size of its FrameSpec.")
        images = torch.from_numpy(frames.images).permute(0, 3, 1, 2).to(torch.float32) / 127.5 - 1
        rows = [infer(self._network, self._tokens, image) for image in images.split(1)]
        return torch.stack(rows).to(torch.int32).numpy()

    def _tokens(self, image: Float[Tensor, "1 3 size size"]) -> Int[Tensor, "tokens"]:
        codes = F.normalize(self._network.quantize.embedding.weight, dim=-1)
        vectors = self._network.quant_conv(self._network.encoder(image))[0].flatten(1).T
        return (F.normalize(vectors, dim=-1) @ codes.T).argmax(dim=-1)


def load_tokenizer(folder: Path) -> "JanusVQVAE":
    """Loads the image tokenizer of a Janus model; reads only the tokenizer's weights, from safetensors.

    Args:
        folder: directory of the weights.

    Returns:
        The network, float32.

    Raises:
        MissingModelError: if files are missing.
        V2MeowError: if the weights are not those of the tokenizer.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files or not (folder / "config.json").is_file():
        raise MissingModelError(
            f"Janus is not in {folder}: config.json or model.safetensors missing.",
            f"Put {DOWNLOAD} there, or set V2MEOW_MODELS to the folder that holds {FOLDER}, or use the feature "
            "vitvqgan.",
        )
    from transformers import AutoConfig, JanusVQVAE

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    network = JanusVQVAE(getattr(config, "vq_config", config))
    try:
        network.load_state_dict(_weights(files))
    except RuntimeError as error:
        problem = f"The weights in {folder} are not those of Janus' image tokenizer: {error}."
        raise V2MeowError(problem, "Copy the folder again.") from error
    return network.float()


def _weights(files: list[Path]) -> dict[str, Tensor]:
    from safetensors import safe_open

    opened = [safe_open(path, "pt") for path in files]
    file_of = {name: file for file in opened for name in file.keys()}  # noqa: SIM118  (it is not a dict)
    prefix = PREFIX if any(name.startswith(PREFIX) for name in file_of) else ""
    selected = {name: file for name, file in file_of.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): file.get_tensor(name) for name, file in selected.items()}


def _fingerprint(network: "JanusVQVAE") -> str:
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.numpy().tobytes())
    return fingerprint(REVISION, digest.hexdigest())
