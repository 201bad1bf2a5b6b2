"""Codecs that others trained, from folders of weights that a person provides.

Their checkpoint holds no weights: it names the folder and the fingerprint of what lay there, and other weights are
refused when it is read, since tokens of one codec are noise to another.
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
from v2meow_pipeline.errors import ConfigError, MissingModelError, StaleError
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import models_folder, weights_fingerprint
from v2meow_pipeline.tokenizers.chunks import spans
from v2meow_pipeline.tokenizers.codec import check_codes, whole_frames

WEIGHTS, SETTINGS = "model.safetensors", "config.json"
# Longer sound goes through in pieces of 20 s, with a second on either side that is thrown away.
CHUNK_FRAMES, MARGIN_FRAMES = 1000, 50


class CodecLayout(NamedTuple):
    """What a folder's codec works with; a clock must have the same, and no more levels."""

    sample_rate_hz: int
    hop_samples: int
    codes: int
    levels: int


class PretrainedCodec(ABC):
    """A frozen codec behind the `Codec` protocol; subclasses say which.

    Attributes:
        kind: of its checkpoints.
        revision: raised by hand when the code around the weights changes what comes out.
        name: the folder in `networks.weights.models_folder()` where it is looked for.
        download: what to put there, in words.
        clock: the one in use.
        folder: where the weights lie.
        weights: fingerprint of them and their config.

    Args:
        clock: rates, levels and codes.
        folder: `config.json` and `model.safetensors` as transformers writes them; None looks for `name` in the models
            folder.

    Raises:
        MissingModelError: when the folder has no such weights.
        ConfigError: when they do not fit the clock.
    """

    kind: ClassVar[str]
    revision: ClassVar[str]
    name: ClassVar[str]
    download: ClassVar[str]

    def __init__(self, clock: Clock, folder: Path | None = None) -> None:
        self.clock, self._given = clock, folder
        self.folder = folder or models_folder() / self.name
        absent = [name for name in (SETTINGS, WEIGHTS) if not (self.folder / name).is_file()]
        if absent:
            raise MissingModelError(
                f"{self.kind} is not in {self.folder}: {' and '.join(absent)} missing.",
                f"Put {self.download} there, or set V2MEOW_MODELS to the folder that holds {self.name}, "
                "or use another acoustic tokenizer.",
            )
        self.weights = weights_fingerprint(self.revision, self.folder / WEIGHTS, self.folder / SETTINGS)
        self.network = freeze(self._read(self.folder))
        _check_fit(f"The {self.kind} codec in {self.folder}", self._layout(), clock)

    @property
    def fingerprint(self) -> str:
        """16 hex digits of the clock and the weights."""
        return fingerprint(self.kind, self.clock.fingerprint_of_tokens(), self.weights)

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Codes of a wave; see `Codec.encode`."""
        samples, hop = torch.from_numpy(whole_frames(wave, self.clock)), self.clock.hop_samples
        codes = np.zeros((self.clock.acoustic_levels, len(samples) // hop), np.int16)
        for start, stop, first, last in spans(codes.shape[1], CHUNK_FRAMES, MARGIN_FRAMES):
            made = infer(self.network, self._codes, samples[first * hop : last * hop])
            codes[:, start:stop] = made[:, start - first : stop - first].numpy()
        return codes

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """The sound that codes stand for; nothing is drawn, so `seed` has no bearing. See `Codec.decode`."""
        check_codes(codes, self.clock.acoustic_levels, self.clock.acoustic_vocab)
        hop, every = self.clock.hop_samples, torch.from_numpy(codes.astype(np.int64))
        wave = np.zeros(codes.shape[1] * hop, np.float32)
        for start, stop, first, last in spans(codes.shape[1], CHUNK_FRAMES, MARGIN_FRAMES):
            sound = infer(self.network, self._sound, every[:, first:last])
            made = sound[(start - first) * hop : (stop - first) * hop].numpy()
            wave[start * hop : start * hop + len(made)] = made
        return np.clip(wave, -1, 1)

    @torch.inference_mode()
    def codebooks(self) -> Float[np.ndarray, "level code width"]:
        """The vectors of each level's codes, as the decoder sums them."""
        return self._vectors()[: self.clock.acoustic_levels].cpu().numpy()

    def save(self, folder: Path, fingerprint: str, trained_on: str = "unknown", licence: str = "unknown") -> None:
        """Writes a checkpoint that names the weights; see `Codec.save`."""
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
        """The codec that a checkpoint names.

        Args:
            folder: written by `save`.
            clock: the one in use.

        Returns:
            The codec.

        Raises:
            V2MeowError: when the checkpoint is missing, damaged or of another kind.
            MissingModelError: when the weights are not on this machine.
            StaleError: when it was made for another clock, or other weights lie there now.
        """
        config = load_checkpoint(folder, cls.kind, clock).config
        codec = cls(clock, None if config["folder"] is None else Path(config["folder"]))
        if codec.weights != config["weights"]:
            raise StaleError(
                f"The weights in {codec.folder} are {codec.weights}; the tokens of {folder} were made with "
                f"{config['weights']}.",
                "Put the former weights back, or make the tokens and train the stages again.",
            )
        return codec

    @staticmethod
    @abstractmethod
    def _read(folder: Path) -> Any:
        """The network of a folder, float32."""

    @abstractmethod
    def _layout(self) -> CodecLayout:
        """What the network works with; a network that no clock fits is a ConfigError."""

    @abstractmethod
    def _codes(self, samples: Float[Tensor, " n"]) -> Int[Tensor, "level t"]:
        """Codes of whole frames."""

    @abstractmethod
    def _sound(self, codes: Int[Tensor, "level t"]) -> Float[Tensor, " n"]:
        """About a hop of samples to each frame."""

    @abstractmethod
    def _vectors(self) -> Float[Tensor, "level code width"]:
        """Codebooks of all levels of the network."""


def _check_fit(what: str, layout: CodecLayout, clock: Clock) -> None:
    wanted = CodecLayout(clock.sample_rate_hz, clock.hop_samples, clock.acoustic_vocab, clock.acoustic_levels)
    wrong = [
        f"{name} is {has}, the clock's {wants}"
        for name, has, wants in zip(CodecLayout._fields, layout, wanted, strict=True)
        if (has < wants if name == "levels" else has != wants)
    ]
    if wrong:
        raise ConfigError(
            f"{what} does not fit the clock: {'; '.join(wrong)}.",
            "Set the clock to the codec's rates and codes, or use another codec.",
        )
