"""CLAP: a public joint space of sound and text in MuLan's place, from a folder of weights that a person provides.

Transformers' own feature extractor cuts longer sounds at random, so that the same music gives another vector each time
(LAION-AI/CLAP, issue 166). Here it is only ever given windows that fit, at fixed positions.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.encoders.waves import segments, to_rate
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import models_folder, weights_fingerprint

if TYPE_CHECKING:
    from transformers import ClapModel

KIND = "clap"  # what the config of transformers calls it
REVISION = "clap-1"
NAME = "larger_clap_music"
DOWNLOAD = (
    "the files of laion/larger_clap_music (about 0.8 GB) or laion/clap-htsat-unfused (0.6 GB) on the Hugging Face hub"
)
FILES = ("config.json", "preprocessor_config.json", "tokenizer_config.json")
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
BATCH = 8


class Clap:
    """Both towers with their projections, frozen, behind the `MusicTextEncoder` protocol.

    Attributes:
        name: "clap".
        width: 512 for both public models; otherwise as the folder's config says.
        fingerprint: of the weights, their configs and the windows.
    """

    name = KIND

    def __init__(self, folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            folder: a model, its preprocessor and its tokenizer as transformers writes them; None looks for
                `larger_clap_music` in the models folder (see `models_folder`).

        Raises:
            MissingModelError: when the folder has no such files.
            ConfigError: when it holds a fused CLAP, which chooses at random what it listens to.
        """
        folder = folder or models_folder() / NAME
        self.fingerprint = clap_fingerprint(folder)
        self._network = freeze(load_clap(folder))
        from transformers import AutoTokenizer, ClapFeatureExtractor

        self._extractor = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.width: int = self._network.config.projection_dim

    def embed_audio(self, waves: Iterable[Float[np.ndarray, "_"]], sample_rate_hz: int) -> Float[np.ndarray, "n width"]:
        """The unit vectors of some waveforms, each the mean over its windows (10 s).

        Args:
            waves: mono, in [-1, 1], of any length; one shorter than a window is repeated, as in CLAP's training.
            sample_rate_hz: of all of them.

        Returns:
            float32, a row per wave.
        """
        rows = [self._embed(to_rate(wave, sample_rate_hz, self._extractor.sampling_rate)) for wave in waves]
        means = np.stack([row.mean(axis=0) for row in rows]) if rows else np.zeros((0, self.width), np.float32)
        return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)

    def embed_text(self, texts: Sequence[str]) -> Float[np.ndarray, "n width"]:
        """The unit vectors of some texts.

        Args:
            texts: a list of them.

        Returns:
            float32, a row per text.

        Raises:
            TypeError: for a bare string.
        """
        if isinstance(texts, str):
            raise TypeError(f"texts must be a list of strings, not the string {texts[:40]!r}: write [text].")
        vectors = [np.zeros((0, self.width), np.float32)]
        for start in range(0, len(texts), BATCH):
            part = list(texts[start : start + BATCH])
            pieces = self._tokenizer(part, padding=True, truncation=True, return_tensors="pt")
            vectors.append(infer(self._network, self._of_text, pieces["input_ids"], pieces["attention_mask"]).numpy())
        return np.concatenate(vectors)

    def _embed(self, wave: Float[np.ndarray, "_"]) -> Float[np.ndarray, "window width"]:
        windows = segments(wave, self._extractor.nb_max_samples)
        vectors = []
        for start in range(0, len(windows), BATCH):
            inputs = self._extractor(
                windows[start : start + BATCH], sampling_rate=self._extractor.sampling_rate, return_tensors="pt"
            )
            vectors.append(infer(self._network, self._of_sound, inputs["input_features"].float()).numpy())
        return np.concatenate(vectors)

    def _of_text(self, pieces: Tensor, mask: Tensor) -> Tensor:
        return self._network.get_text_features(input_ids=pieces, attention_mask=mask).pooler_output

    def _of_sound(self, mels: Tensor) -> Tensor:
        return self._network.get_audio_features(mels).pooler_output


def clap_fingerprint(folder: Path) -> str:
    """The fingerprint of the CLAP in a folder, without loading it.

    Args:
        folder: see `Clap`.

    Returns:
        16 hex digits.

    Raises:
        MissingModelError: when files are missing.
    """
    absent = [name for name in FILES if not (folder / name).is_file()]
    weights = [name for name in WEIGHTS if (folder / name).is_file()]
    if absent or not weights:
        absent += [] if weights else [WEIGHTS[0]]
        raise MissingModelError(
            f"CLAP is not in {folder}: {' and '.join(absent)} missing.",
            f"Put {DOWNLOAD} there, or set V2MEOW_MODELS to the folder that holds {NAME}, or use the music_text head.",
        )
    return weights_fingerprint(REVISION, *(folder / name for name in (weights[0], *FILES)))


def load_clap(folder: Path) -> "ClapModel":
    """The network of a CLAP folder, float32.

    Args:
        folder: see `Clap`.

    Returns:
        The network.

    Raises:
        ConfigError: when it is a fused one.
    """
    from transformers import ClapModel

    # Weights that are not safetensors are read by torch.load(weights_only=True), which runs nothing.
    safe: dict[str, Any] = {"use_safetensors": (folder / WEIGHTS[0]).is_file(), "weights_only": True}
    network = ClapModel.from_pretrained(folder, local_files_only=True, dtype=torch.float32, **safe)
    if network.config.to_dict()["audio_config"]["enable_fusion"]:
        raise ConfigError(
            f"{folder} holds a fused CLAP, which chooses at random what it listens to.", f"Put {DOWNLOAD} there."
        )
    return network
