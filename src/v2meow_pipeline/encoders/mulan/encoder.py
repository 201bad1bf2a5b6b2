"""Trained MuLan behind the `MusicTextEncoder` interface."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.network import MulanNetwork
from v2meow_pipeline.encoders.mulan.pieces import WordPieces
from v2meow_pipeline.encoders.mulan.text import build_reader
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.encoders.waves import segments, to_rate
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.networks.checkpointing import load_network
from v2meow_pipeline.networks.device import freeze, infer

KIND = "mulan"
REVISION = "mulan-1"
BATCH = 16


class Mulan:
    """Frozen MuLan; implements `MusicTextEncoder`.

    Attributes:
        name: "mulan".
        width: width of the joint space; 128 by default.
        fingerprint: fingerprint of the weights, the text reader and the pooling.
    """

    name = KIND

    def __init__(self, network: MulanNetwork, reader: WordPieces | MiniLM) -> None:
        """Freezes the network; see `load`.

        Args:
            network: trained network.
            reader: text reader that it was trained with (see `build_reader`).
        """
        self._network = freeze(network)
        self._reader = reader
        self.width = network.config.width
        digest = [fingerprint(value.numpy().tobytes().hex()) for value in network.state_dict().values()]
        self.fingerprint = fingerprint(REVISION, network.config.fingerprint(), reader.fingerprint, digest)

    @classmethod
    def load(cls, folder: Path) -> "Mulan":
        """Loads a trained MuLan.

        Args:
            folder: checkpoint directory, `mulan/checkpoint` in a folder of models.

        Returns:
            The encoder.

        Raises:
            V2MeowError: if the checkpoint is missing, damaged or of another kind.
            StaleError: if it was trained with another text reader than the installed one.
        """
        network = load_network(folder, KIND, MulanConfig, MulanNetwork)
        reader = build_reader(network.config.text)
        if not network.is_signed(reader.fingerprint):
            raise StaleError(
                f"{folder} was trained with another reader of texts than the installed one.", "Train mulan again."
            )
        return cls(network, reader)

    def embed_audio(self, waves: Iterable[Float[np.ndarray, "_"]], sample_rate_hz: int) -> Float[np.ndarray, "n width"]:
        """Embeds waveforms, each as the mean over its segments (10 s by default).

        Args:
            waves: mono waveforms in [-1, 1] of any length.
            sample_rate_hz: sample rate of all waveforms.

        Returns:
            L2-normalised embeddings, float32, one row per waveform, independent of the others within 1e-5.
        """
        sound = self._network.config.sound
        parts = [
            (owner, part)
            for owner, wave in enumerate(waves)
            for part in segments(to_rate(wave, sample_rate_hz, sound.sample_rate_hz), sound.segment_samples)
        ]
        owners = np.array([owner for owner, _ in parts], dtype=np.int64)
        vectors = self._embed([part for _, part in parts])
        means = np.zeros((owners.max(initial=-1) + 1, self.width), np.float32)
        np.add.at(means, owners, vectors)  # a sum has the direction of the mean
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
        inputs = torch.from_numpy(self._reader.encode(texts))
        if not len(inputs):
            return np.zeros((0, self.width), np.float32)
        parts = [infer(self._network, self._network.embed_text, part) for part in inputs.split(BATCH)]
        return torch.cat(parts).numpy()

    def _embed(self, parts: Sequence[Float[np.ndarray, "_"]]) -> Float[np.ndarray, "n width"]:
        """Embeddings of segments, batched by length."""
        vectors = np.empty((len(parts), self.width), np.float32)
        by_length = sorted(range(len(parts)), key=lambda index: len(parts[index]))
        for _, group in groupby(by_length, key=lambda index: len(parts[index])):
            for rows in torch.tensor(list(group)).split(BATCH):
                waves = torch.from_numpy(np.stack([parts[row] for row in rows.tolist()]))
                vectors[rows.numpy()] = infer(self._network, self._network.embed_audio, waves).numpy()
        return vectors
