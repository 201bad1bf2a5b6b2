"""Interfaces of the frozen encoders, which make the paper's models and the offline defaults interchangeable.

An encoder's `fingerprint` covers weights and preprocessing; features with another fingerprint are stale.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames


@runtime_checkable
class VisualEncoder(Protocol):
    """Visual encoder with one feature vector per visual frame.

    Attributes:
        name: key of the features in shards and stage conditions.
        width: dimension of a feature vector.
        fingerprint: fingerprint of weights and preprocessing.
        frames: rate, size and colour of the input frames.
    """

    name: str
    width: int
    fingerprint: str
    frames: FrameSpec

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """Encodes one clip or window.

        Args:
            frames: decoded frames according to `self.frames`.
            t_visual: number of visual frames in the window.

        Returns:
            Features, float32, one row per visual frame.
        """
        ...


@runtime_checkable
class VisualTokenEncoder(Protocol):
    """Visual encoder with a fixed number of tokens per visual frame (ViT-VQGAN in the paper).

    Attributes:
        name: key of the tokens in shards and stage conditions.
        tokens: tokens per frame, in row-major order.
        codes: vocabulary size; tokens are 0 to `codes` - 1.
        codebook: codebook vectors, unit length, float32 [codes, code_width].
        fingerprint: fingerprint of weights and preprocessing.
        frames: rate, size and colour of the input frames.
    """

    name: str
    tokens: int
    codes: int
    codebook: Float[np.ndarray, "codes code_width"]
    fingerprint: str
    frames: FrameSpec

    def encode(self, frames: SampledFrames, t_visual: int) -> Int[np.ndarray, "{t_visual} tokens"]:
        """Encodes one clip or window.

        Args:
            frames: decoded frames according to `self.frames`.
            t_visual: number of visual frames in the window.

        Returns:
            Tokens, int32, one row per visual frame.
        """
        ...


AnyVisualEncoder: TypeAlias = VisualEncoder | VisualTokenEncoder


def rows_of(encoder: AnyVisualEncoder, clock: Clock, duration_s: float) -> int:
    """Number of rows that an encoder returns for a window, at its own `rate_hz` if it has one, else the visual rate."""
    rate_hz: int = getattr(encoder, "rate_hz", clock.visual_fps)
    return max(1, round(duration_s * rate_hz))


@runtime_checkable
class TextEncoder(Protocol):
    """Text encoder with one embedding per text.

    Attributes:
        name: name of the model.
        width: dimension of an embedding.
        fingerprint: fingerprint of weights and preprocessing.
    """

    name: str
    width: int
    fingerprint: str

    def encode(self, texts: Sequence[str]) -> Float[np.ndarray, "n width"]:
        """Embeds texts.

        Args:
            texts: list of texts; a single string is rejected, since it would be iterated by character.

        Returns:
            L2-normalised embeddings, float32, one row per text.

        Raises:
            TypeError: if `texts` is a string.
        """
        ...


@runtime_checkable
class MusicTextEncoder(Protocol):
    """Joint embedding of music and text (MuLan in the paper).

    Attributes:
        name: name of the model.
        width: dimension of the joint space.
        fingerprint: fingerprint of weights and preprocessing.
    """

    name: str
    width: int
    fingerprint: str

    def embed_audio(self, waves: Float[np.ndarray, "n samples"], sample_rate_hz: int) -> Float[np.ndarray, "n width"]:
        """Embeds waveforms, averaging over windows at fixed positions.

        Args:
            waves: mono waveforms in [-1, 1].
            sample_rate_hz: sample rate of the waveforms.

        Returns:
            L2-normalised embeddings, float32, one row per waveform.
        """
        ...

    def embed_text(self, texts: Sequence[str]) -> Float[np.ndarray, "n width"]:
        """Embeds texts.

        Args:
            texts: list of texts; a single string is rejected.

        Returns:
            L2-normalised embeddings, float32, one row per text.
        """
        ...


@runtime_checkable
class AudioJudge(Protocol):
    """Frozen audio network whose embeddings are used for the Frechet audio distance.

    Attributes:
        name: name of the network, part of the metric's key.
        width: dimension of an embedding.
        fingerprint: fingerprint of weights and preprocessing.
        sample_rate_hz: sample rate that `embed` expects.
    """

    name: str
    width: int
    fingerprint: str
    sample_rate_hz: int

    def embed(self, wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "window width"]:
        """Embeds one waveform.

        Args:
            wave: mono waveform in [-1, 1] at `sample_rate_hz`.

        Returns:
            Embeddings, float32, one row per window; a waveform shorter than a window has one row.
        """
        ...
