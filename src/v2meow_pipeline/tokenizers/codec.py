"""What every acoustic tokenizer offers, so that all of them can stand in one place of the pipeline."""

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from v2meow_pipeline.clock import Clock


@runtime_checkable
class Codec(Protocol):
    """Waveform to residual codes and back.

    Attributes:
        clock: rates, levels and codes; what it was made for.
    """

    clock: Clock

    @property
    def fingerprint(self) -> str:
        """16 hex digits that change with whatever changes codes or sound."""
        ...

    def encode(self, wave: Float[np.ndarray, " n"]) -> Int[np.ndarray, "level t_acoustic"]:
        """Codes of a wave.

        Args:
            wave: mono samples in [-1, 1] at the clock's rate; what is not a whole number of frames is padded or cut.

        Returns:
            int16 codes of all levels, `clock.acoustic_frames` of its duration.
        """
        ...

    def decode(self, codes: Int[np.ndarray, "level t"], seed: int = 0) -> Float[np.ndarray, " n"]:
        """The sound that codes stand for.

        Args:
            codes: the first 1 to `acoustic_levels` levels, any number of frames.
            seed: of whatever the decoder draws; the same seed gives the same wave, and a decoder that draws nothing
                gives the same wave for all.

        Returns:
            float32 samples in [-1, 1], `t * hop_samples` of them.

        Raises:
            ValueError: when there are too many levels, or none, or a code is not in the codebook.
        """
        ...

    def codebooks(self) -> Float[np.ndarray, "level code width"] | None:
        """The vectors that the codes of each level stand for, summed over levels to decode a frame; None where a codec
        has no such vectors."""
        ...

    def save(self, folder: Path, fingerprint: str, trained_on: str, licence: str = "unknown") -> None:
        """Writes a checkpoint that `registry.load_codec` reads.

        Args:
            folder: the checkpoint; an existing one is replaced.
            fingerprint: of everything that went into it, for `checkpoint.is_current`.
            trained_on: what sound, in words.
            licence: of the weights.
        """
        ...


def check_codes(codes: Int[np.ndarray, "level t"], levels: int, vocab: int) -> None:
    """Refuses codes that no codebook holds.

    Args:
        codes: as `Codec.decode` takes them.
        levels: codebooks.
        vocab: codes in each.

    Raises:
        ValueError: when there are too many levels, or none, or a code is not in the codebook.
    """
    if not 1 <= len(codes) <= levels:
        raise ValueError(f"{len(codes)} levels of codes; this codec decodes 1 to {levels}.")
    if codes.size and (codes.min() < 0 or codes.max() >= vocab):
        raise ValueError(f"Codes reach from {codes.min()} to {codes.max()}; the codebook holds 0 to {vocab - 1}.")


def whole_frames(wave: Float[np.ndarray, " n"], clock: Clock) -> Float[np.ndarray, " whole"]:
    """The wave cut, or padded with silence, to the whole frames that the clock counts in its duration; float32."""
    samples = clock.acoustic_frames(len(wave) / clock.sample_rate_hz) * clock.hop_samples
    return np.pad(wave[:samples].astype(np.float32, copy=False), (0, max(0, samples - len(wave))))
