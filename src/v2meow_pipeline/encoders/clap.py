"""CLAP, a public joint embedding of audio and text used instead of MuLan, from user-provided weights.

The feature extractor of transformers crops longer audio at random, so that the same music has a different embedding
each time (LAION-AI/CLAP, issue 166). Here it only receives windows of its length, at fixed positions.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.encoders.waves import segments, to_rate
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.transformers_weights import load_whole
from v2meow_pipeline.networks.weights import models_folder, require_files, weights_fingerprint

if TYPE_CHECKING:
    from transformers import ClapModel

KIND = "clap"  # model_type in the config of transformers
REVISION = "clap-1"
NAME = "larger_clap_music"
DOWNLOAD = (
    "the files of laion/larger_clap_music (about 0.8 GB) or laion/clap-htsat-unfused (0.6 GB) on the Hugging Face hub"
)
FILES = ("config.json", "preprocessor_config.json", "tokenizer_config.json")
WEIGHTS = ("model.safetensors", "pytorch_model.bin")
BATCH = 8


class Clap:
    """CLAP's audio and text towers with their projections, frozen; implements `MusicTextEncoder`.

    Attributes:
        name: "clap".
        width: projection dimension of the folder's config; 512 for both public models.
        fingerprint: fingerprint of weights, configs and preprocessing.
    """

    name = KIND

    def __init__(self, folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            folder: directory with model, preprocessor and tokenizer in transformers format; None uses
                `larger_clap_music` in the models folder (see `models_folder`).

        Raises:
            MissingModelError: if the directory does not contain these files.
            ConfigError: if it contains a fused CLAP, which crops its input at random.
        """
        folder = folder or models_folder() / NAME
        self.fingerprint = clap_fingerprint(folder)
        self._network = freeze(load_clap(folder))
        from transformers import AutoTokenizer, ClapFeatureExtractor

        self._extractor = ClapFeatureExtractor.from_pretrained(folder, local_files_only=True)
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.width: int = self._network.config.projection_dim

    def embed_audio(self, waves: Iterable[Float[np.ndarray, "_"]], sample_rate_hz: int) -> Float[np.ndarray, "n width"]:
        """Embeds waveforms, each as the mean over windows of 10 s.

        Args:
            waves: mono waveforms in [-1, 1] of any length; shorter ones are repeated, as in CLAP's training.
            sample_rate_hz: sample rate of all waveforms.

        Returns:
            L2-normalised embeddings, float32, one row per waveform.
        """
        rows = [self._embed(to_rate(wave, sample_rate_hz, self._extractor.sampling_rate)) for wave in waves]
        means = np.stack([row.mean(axis=0) for row in rows]) if rows else np.zeros((0, self.width), np.float32)
        return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)

    def embed_text(self, texts: Sequence[str]) -> Float[np.ndarray, "n width"]:
        """Embeds texts.

        Args:
            texts: list of texts.

        Returns:
            L2-normalised embeddings, float32, one row per text.

        Raises:
            TypeError: if `texts` is a string.
        """
        if isinstance(texts, str):
            raise TypeError(f"texts must be a list of strings, not the string {texts[:40]!r}: pass [text].")
        vectors = [np.zeros((0, self.width), np.float32)]
        for start in range(0, len(texts), BATCH):
            part = list(texts[start : start + BATCH])
            tokens = self._tokenizer(part, padding=True, truncation=True, return_tensors="pt")
            ids, mask = tokens["input_ids"], tokens["attention_mask"]
            vectors.append(infer(self._network, self._text_embedding, ids, mask).numpy())
        return np.concatenate(vectors)

    def _embed(self, wave: Float[np.ndarray, "_"]) -> Float[np.ndarray, "window width"]:
        windows = segments(wave, self._extractor.nb_max_samples)
        vectors = []
        for start in range(0, len(windows), BATCH):
            inputs = self._extractor(
                windows[start : start + BATCH], sampling_rate=self._extractor.sampling_rate, return_tensors="pt"
            )
            vectors.append(infer(self._network, self._audio_embedding, inputs["input_features"].float()).numpy())
        return np.concatenate(vectors)

    def _text_embedding(self, tokens: Tensor, mask: Tensor) -> Tensor:
        return self._network.get_text_features(input_ids=tokens, attention_mask=mask).pooler_output

    def _audio_embedding(self, mels: Tensor) -> Tensor:
        return self._network.get_audio_features(mels).pooler_output


def clap_fingerprint(folder: Path) -> str:
    """Fingerprint of the CLAP model in a folder, computed without loading it.

    Args:
        folder: directory of the model (see `Clap`).

    Returns:
        Fingerprint, 16 hex digits.

    Raises:
        MissingModelError: if files are missing.
    """
    weights = next((name for name in WEIGHTS if (folder / name).is_file()), WEIGHTS[0])
    require_files(folder, (*FILES, weights), "CLAP", NAME, DOWNLOAD, "use the music_text head")
    return weights_fingerprint(REVISION, *(folder / name for name in (weights, *FILES)))


def load_clap(folder: Path) -> "ClapModel":
    """Loads a CLAP model in float32.

    Args:
        folder: directory of the model (see `Clap`).

    Returns:
        The network.

    Raises:
        ConfigError: if it is a fused CLAP.
        V2MeowError: if weights are missing, damaged or of another shape.
    """
    from transformers import ClapModel

    weights = next(name for name in WEIGHTS if (folder / name).is_file())
    network: ClapModel = load_whole(ClapModel, folder, weights_file=weights)
    if network.config.to_dict()["audio_config"]["enable_fusion"]:
        raise ConfigError(
            f"{folder} holds a fused CLAP, which crops its input at random.", f"Put {DOWNLOAD} there instead."
        )
    return network
