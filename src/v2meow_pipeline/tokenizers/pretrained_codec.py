"""Base class of pretrained codecs with user-provided weights.

Their checkpoint contains no weights, only the folder and fingerprint of the weights. Loading fails if the weights have
changed, since tokens of one codec are meaningless to another.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from v2meow_pipeline.checkpoint import load_checkpoint, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import models_folder, require_files, weights_fingerprint
from v2meow_pipeline.tokenizers.chunks import spans
from v2meow_pipeline.tokenizers.codec import check_codes, whole_frames

WEIGHTS, SETTINGS = "model.safetensors", "config.json"
# Audio is processed in chunks of 20 s, with margins of 1 s that are discarded.
CHUNK_FRAMES, MARGIN_FRAMES = 1000, 50


class CodecLayout(NamedTuple):
    """Sizes of a pretrained codec; the clock must have the same ones, and at most as many levels.

    Attributes:
        sample_rate_hz: sample rate.
        hop_samples: samples per frame.
        codes: codes per codebook.
        levels: number of codebooks.
    """

    sample_rate_hz: int
    hop_samples: int
    codes: int
    levels: int


class PretrainedCodec(ABC):
    """Pretrained, frozen codec; implements `Codec`, and subclasses supply the network.

    Attributes:
        kind: kind of its checkpoints.
        revision: revision of the code around the weights; changed by hand when its results change.
        name: name of the folder in `networks.weights.models_folder()`.
        download: description of the files to put there, for error messages.
        clock: frame rates, levels and codebook sizes.
        folder: directory of the weights.
        weights: fingerprint of the weights and their config.

    Args:
        clock: frame rates, levels and codebook sizes.
        folder: directory with `config.json` and `model.safetensors` in transformers format; None uses `name` in the
            models folder.

    Raises:
        MissingModelError: if the directory does not contain the weights.
        ConfigError: if the codec does not match the clock.
    """

    kind: ClassVar[str]
    revision: ClassVar[str]
    name: ClassVar[str]
    download: ClassVar[str]

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        self.clock, self._given = clock, folder
        self.folder = folder or models_folder() / self.name
        otherwise = "use another acoustic tokenizer"
        require_files(self.folder, (SETTINGS, WEIGHTS), self.kind, self.name, self.download, otherwise)
        self.weights = weights_fingerprint(self.revision, self.folder / WEIGHTS, self.folder / SETTINGS)
        self.network = freeze(self._read(self.folder))
        _check_fit(f"The {self.kind} codec in {self.folder}", self._layout(), clock)

    @property
    def fingerprint(self) -> str:
        """Fingerprint (16 hex digits) of the clock and the weights."""
        return fingerprint(self.kind, self.clock.fingerprint_of_tokens(), self.weights)

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Encodes a waveform; see `Codec.encode`."""
        samples, hop = torch.from_numpy(whole_frames(wave, self.clock)), self.clock.hop_samples
        codes = np.zeros((self.clock.acoustic_levels, len(samples) // hop), np.int16)
        for start, stop, first, last in spans(codes.shape[1], CHUNK_FRAMES, MARGIN_FRAMES):
            chunk = infer(self.network, self._codes, samples[first * hop : last * hop])
            codes[:, start:stop] = chunk[:, start - first : stop - first].numpy()
        return codes

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """Decodes codes; deterministic, so `seed` is ignored. See `Codec.decode`."""
        check_codes(codes, self.clock.acoustic_levels, self.clock.acoustic_vocab)
        hop, all_codes = self.clock.hop_samples, torch.from_numpy(codes.astype(np.int64))
        wave = np.zeros(codes.shape[1] * hop, np.float32)
        for start, stop, first, last in spans(codes.shape[1], CHUNK_FRAMES, MARGIN_FRAMES):
            sound = infer(self.network, self._sound, all_codes[:, first:last])
            chunk = sound[(start - first) * hop : (stop - first) * hop].numpy()
            wave[start * hop : start * hop + len(chunk)] = chunk
        return np.clip(wave, -1, 1)

    @torch.inference_mode()
    def codebooks(self) -> Float[np.ndarray, "level code width"]:
        """Codebook vectors of each level, as summed by the decoder."""
        return self._vectors()[: self.clock.acoustic_levels].cpu().numpy()

    def save(self, folder: Path, fingerprint: str, trained_on: str = "unknown", licence: str = "unknown") -> None:
        """Writes a checkpoint that refers to the weights; see `Codec.save`."""
        config = {
            "kind": self.kind,
            "fingerprint": fingerprint,
            "clock": self.clock.fingerprint_of_tokens(),
            "folder": None if self._given is None else str(self._given.resolve()),
            "weights": self.weights,
            "trained_on": trained_on,
            "licence": licence,
        }
        save_checkpoint(folder, config, {})

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> "PretrainedCodec":
        """Loads the codec that a checkpoint refers to.

        Args:
            folder: checkpoint directory written by `save`.
            clock: required clock.

        Returns:
            The codec.

        Raises:
            V2MeowError: if the checkpoint is missing, damaged or of another kind.
            MissingModelError: if the weights are not on this machine.
            StaleError: if it was made for another clock, or the weights have changed since.
        """
        config = load_checkpoint(folder, cls.kind, clock).config
        codec = cls(clock, None if config["folder"] is None else Path(config["folder"]))
        if codec.weights != config["weights"]:
            raise StaleError(
                f"The weights in {codec.folder} have changed: their fingerprint is {codec.weights}, but the tokens of "
                f"{folder} were made with {config['weights']}.",
                "Restore the previous weights, or encode the tokens and train the stages again.",
            )
        return codec

    @staticmethod
    @abstractmethod
    def _read(folder: Path) -> Any:
        """Loads the network of a folder in float32."""

    @abstractmethod
    def _layout(self) -> CodecLayout:
        """Sizes of the network; raises ConfigError for an unsupported variant."""

    @abstractmethod
    def _codes(self, samples: Float[Tensor, " n"]) -> Int[Tensor, "level t"]:
        """Encodes samples of whole frames."""

    @abstractmethod
    def _sound(self, codes: Int[Tensor, "level t"]) -> Float[Tensor, " n"]:
        """Decodes codes; returns approximately one hop of samples per frame."""

    @abstractmethod
    def _vectors(self) -> Float[Tensor, "level code width"]:
        """Codebook vectors of all levels of the network."""


def _check_fit(what: str, layout: CodecLayout, clock: Clock) -> None:
    required = CodecLayout(clock.sample_rate_hz, clock.hop_samples, clock.acoustic_vocab, clock.acoustic_levels)
    mismatches = [
        f"{name} is {actual}, the clock's {expected}"
        for name, actual, expected in zip(CodecLayout._fields, layout, required, strict=True)
        if (actual < expected if name == "levels" else actual != expected)
    ]
    if mismatches:
        raise ConfigError(
            f"{what} does not match the clock: {'; '.join(mismatches)}.",
            "Set the clock to the codec's rates and codes, or use another codec.",
        )
