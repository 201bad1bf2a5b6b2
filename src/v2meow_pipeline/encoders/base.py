"""What every frozen encoder offers, so that the paper's models and the offline defaults are interchangeable.

An encoder's `fingerprint` covers its weights and its preprocessing: features made with another one are stale.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames


@runtime_checkable
class VisualEncoder(Protocol):
    """Frames in, one vector per visual frame out.

    Attributes:
        name: the key of the features in shards and stage conditions.
        width: dimensions of one vector.
        fingerprint: of the weights and the preprocessing.
        frames: rate, size and colour of the frames to decode for it.
    """

    name: str
    width: int
    fingerprint: str
    frames: FrameSpec

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """The features of one clip or window.

        Args:
            frames: what the decoder returned for `self.frames`.
            t_visual: visual frames in the window.

        Returns:
            float32, one row per visual frame.
        """
        ...


@runtime_checkable
class VisualTokenEncoder(Protocol):
    """Frames in, a fixed number of tokens per visual frame out (the role of ViT-VQGAN in the paper).

    Attributes:
        name: the key of the tokens in shards and stage conditions.
        tokens: of one frame, in reading order: left to right, then top to bottom.
        codes: size of the vocabulary; tokens are 0 to `codes` - 1.
        codebook: float32 [codes, code_width], what each token stands for; unit vectors.
        fingerprint: of the weights and the preprocessing.
        frames: rate, size and colour of the frames to decode for it.
    """

    name: str
    tokens: int
    codes: int
    codebook: Float[np.ndarray, "codes code_width"]
    fingerprint: str
    frames: FrameSpec

    def encode(self, frames: SampledFrames, t_visual: int) -> Int[np.ndarray, "{t_visual} tokens"]:
        """The tokens of one clip or window.

        Args:
            frames: what the decoder returned for `self.frames`.
            t_visual: visual frames in the window.

        Returns:
            int32, one row per visual frame.
        """
        ...


AnyVisualEncoder: TypeAlias = VisualEncoder | VisualTokenEncoder


def rows_of(encoder: AnyVisualEncoder, clock: Clock, duration_s: float) -> int:
    """How many rows an encoder gives for a window: at its own `rate_hz` where it has one, else at visual rate."""
    rate_hz: int = getattr(encoder, "rate_hz", clock.visual_fps)
    return max(1, round(duration_s * rate_hz))


@runtime_checkable
class TextEncoder(Protocol):
    """Texts in, one vector each out.

    Attributes:
        name: of the model.
        width: dimensions of one vector.
        fingerprint: of the weights and the preprocessing.
    """

    name: str
    width: int
    fingerprint: str

    def encode(self, texts: Sequence[str]) -> Float[np.ndarray, "n width"]:
        """The L2-normalised vectors of some texts.

        Args:
            texts: a list of them; a bare string is refused, since it would be read letter by letter.

        Returns:
            float32, one row per text.

        Raises:
            TypeError: for a bare string.
        """
        ...


@runtime_checkable
class MusicTextEncoder(Protocol):
    """A joint space of music and text (the role of MuLan in the paper).

    Attributes:
        name: of the model.
        width: dimensions of the joint space.
        fingerprint: of the weights and the preprocessing.
    """

    name: str
    width: int
    fingerprint: str

    def embed_audio(self, waves: Float[np.ndarray, "n samples"], sample_rate_hz: int) -> Float[np.ndarray, "n width"]:
        """The L2-normalised vectors of some waveforms, averaged over windows at fixed positions.

        Args:
            waves: mono, in [-1, 1].
            sample_rate_hz: of the waves.

        Returns:
            float32, one row per wave.
        """
        ...

    def embed_text(self, texts: Sequence[str]) -> Float[np.ndarray, "n width"]:
        """The L2-normalised vectors of some texts.

        Args:
            texts: a list of them; a bare string is refused.

        Returns:
            float32, one row per text.
        """
        ...


@runtime_checkable
class AudioJudge(Protocol):
    """A frozen audio network whose embeddings feed a Frechet distance.

    Attributes:
        name: goes into the metric's key.
        width: dimensions of one vector.
        fingerprint: of the weights and the preprocessing.
        sample_rate_hz: the rate that `embed` expects.
    """

    name: str
    width: int
    fingerprint: str
    sample_rate_hz: int

    def embed(self, wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "window width"]:
        """The embeddings of one waveform, a row per window.

        Args:
            wave: mono, in [-1, 1], at `sample_rate_hz`.

        Returns:
            float32; a wave shorter than a window gives one row.
        """
        ...
