"""Interface of the acoustic tokenizers (codecs)."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from v2meow_pipeline.clock import Clock


@runtime_checkable
class Codec(Protocol):
    """Neural or k-means audio codec: encodes waveforms to residual codes and decodes them.

    Attributes:
        clock: frame rates, levels and codebook sizes of the codec.
    """

    clock: Clock

    @property
    def fingerprint(self) -> str:
        """Fingerprint (16 hex digits) of everything that affects the codes."""
        ...

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Encodes a waveform.

        Args:
            wave: mono samples in [-1, 1] at the clock's sample rate; padded or cut to a whole number of frames.

        Returns:
            Codes of all levels, int16, with `clock.acoustic_frames(duration)` frames.
        """
        ...

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """Decodes codes to a waveform.

        Args:
            codes: codes of the first 1 to `acoustic_levels` levels, any number of frames.
            seed: seeds random initial values of the decoder; ignored by deterministic decoders.

        Returns:
            Samples, float32 in [-1, 1], `t * hop_samples` of them.

        Raises:
            ValueError: if there are too many levels, or none, or a code is out of range.
        """
        ...

    def codebooks(self) -> Float[np.ndarray, "level code width"] | None:
        """Codebook vectors of each level, whose sum over levels is decoded; None if the codec has no such vectors."""
        ...

    def save(self, folder: Path, fingerprint: str, trained_on: str, licence: str = "unknown") -> None:
        """Writes a checkpoint for `registry.load_codec`.

        Args:
            folder: checkpoint directory; an existing one is replaced.
            fingerprint: fingerprint of the training inputs, for `checkpoint.is_current`.
            trained_on: description of the training audio.
            licence: licence of the weights.
        """
        ...


def check_codes(codes: Int[np.ndarray, "level t"], levels: int, vocab: int) -> None:
    """Checks the number of levels and the range of codes.

    Args:
        codes: codes to check, as passed to `Codec.decode`.
        levels: number of codebooks.
        vocab: codes per codebook.

    Raises:
        ValueError: if there are too many levels, or none, or a code is out of range.
    """
    if not 1 <= len(codes) <= levels:
        raise ValueError(f"Got {len(codes)} levels of codes, but the codec decodes 1 to {levels} levels.")
    if codes.size and (codes.min() < 0 or codes.max() >= vocab):
        raise ValueError(
            f"Codes range from {codes.min()} to {codes.max()}, but those of the codebook are 0 to {vocab - 1}."
        )


def whole_frames(wave: Float[np.ndarray, " n"], clock: Clock) -> Float[np.ndarray, " whole"]:
    """Cuts a waveform, or pads it with silence, to `clock.acoustic_frames(duration)` whole frames; float32."""
    samples = clock.acoustic_frames(len(wave) / clock.sample_rate_hz) * clock.hop_samples
    return np.pad(wave[:samples].astype(np.float32, copy=False), (0, max(0, samples - len(wave))))
