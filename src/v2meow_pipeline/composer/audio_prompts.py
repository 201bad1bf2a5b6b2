"""Audio prompts: excerpts of training music that generated music continues, so that it has their style.

A language model of audio tokens continues a prompt of tokens in its style (AudioLM, arXiv 2209.03143). The excerpt is
selected by the music-text embedding of a text prompt, or by the one predicted from the video, and is not heard. This
is an extension: the paper conditions the stages on the embedding alone, which small models hardly follow
(docs/decisions/0040-audio-prompts.md).

Shapes: `n` excerpts, `level` codebooks, `t` frames of a stream, `width` dimension of the music-text space.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from v2meow_pipeline.checkpoint import check_shapes, load_checkpoint, loading, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.event_curves import CHANNELS
from v2meow_pipeline.models.stages import EVENTS, MUSIC_TEXT, TokenStream, token_frames, token_levels, token_vocab
from v2meow_pipeline.seeding import derive_seed

KIND = "audio_prompts"
STREAMS: tuple[TokenStream, ...] = ("semantic", "coarse")


class AudioPrompt(NamedTuple):
    """Excerpts selected for a batch of clips.

    Attributes:
        tokens: int64 [batch, level, t] by stream name.
        events: event curves of the excerpts, float32 [batch, t, 2].
    """

    tokens: dict[str, Tensor]
    events: np.ndarray

    def of_clip(self, index: int) -> "AudioPrompt":
        """Excerpt of one clip of the batch."""
        part = slice(index, index + 1)
        return AudioPrompt({name: values[part] for name, values in self.tokens.items()}, self.events[part])


class AudioPrompts:
    """Excerpts of music of equal duration, with their tokens, event curves and music-text embeddings."""

    def __init__(
        self,
        tokens: Mapping[str, Int[np.ndarray, "n level t"]],
        events: Float[np.ndarray, "n t channel"],
        embeddings: Float[np.ndarray, "n width"],
        duration_s: float,
    ) -> None:
        """Stores excerpts.

        Args:
            tokens: tokens of the streams "semantic" and "coarse".
            events: event curves of the music.
            embeddings: music-text embeddings of the music, L2-normalised.
            duration_s: duration of each excerpt, seconds.
        """
        self._tokens, self._events, self._embeddings = dict(tokens), events, embeddings
        self.duration_s = duration_s

    def __len__(self) -> int:
        """Number of excerpts."""
        return len(self._embeddings)

    def nearest(self, wanted: Float[np.ndarray, "batch width"], count: int) -> Int[np.ndarray, "batch count"]:
        """Finds the excerpts with the most similar embeddings.

        Args:
            wanted: music-text embeddings.
            count: number of excerpts per embedding.

        Returns:
            Indices of excerpts, most similar first; fewer if there are fewer excerpts.
        """
        similarity = np.float32(wanted) @ self._embeddings.T
        return np.argsort(-similarity, axis=1, kind="stable")[:, :count]

    def select(
        self, wanted: Float[np.ndarray, "batch width"], seeds: Sequence[int], choices: int, duration_s: float
    ) -> AudioPrompt:
        """Draws one of the most similar excerpts for each clip.

        Args:
            wanted: music-text embeddings.
            seeds: one seed per clip.
            choices: number of excerpts to draw from.
            duration_s: duration of the end of the excerpt that is used, seconds.

        Returns:
            The excerpts.
        """
        nearest, share = self.nearest(wanted, choices), duration_s / self.duration_s
        picks = [derive_seed(seed, KIND) % nearest.shape[1] for seed in seeds]
        chosen = nearest[np.arange(len(seeds)), picks]
        tokens = {
            name: torch.from_numpy(_end(values[chosen].astype(np.int64), share, axis=2))
            for name, values in self._tokens.items()
        }
        return AudioPrompt(tokens, _end(self._events[chosen], share, axis=1))

    def save(self, folder: Path, fingerprint: str, extra: Mapping[str, Any]) -> None:
        """Writes the excerpts as a checkpoint, atomically.

        Args:
            folder: checkpoint directory to write.
            fingerprint: fingerprint of the inputs.
            extra: additional JSON metadata.
        """
        config = {**extra, "kind": KIND, "fingerprint": fingerprint, "duration_s": self.duration_s}
        arrays = {name: values.astype(np.int16) for name, values in self._tokens.items()}
        save_checkpoint(folder, config, {**arrays, EVENTS: self._events, MUSIC_TEXT: self._embeddings})

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> "AudioPrompts":
        """Loads excerpts.

        Args:
            folder: checkpoint directory written by `save`.
            clock: rates and codebook sizes that the tokens must have.

        Returns:
            The excerpts.

        Raises:
            V2MeowError: if the checkpoint is missing, damaged, of another kind, or has other tokens.
        """
        config, arrays = load_checkpoint(folder, KIND)
        with loading(folder):
            duration_s, (n, width) = float(config["duration_s"]), arrays[MUSIC_TEXT].shape
            events = (n, clock.event_frames(duration_s), CHANNELS)
            check_shapes(arrays, {EVENTS: events, MUSIC_TEXT: (n, width)})
            tokens: dict[str, np.ndarray] = {
                name: _checked(name, arrays[name], n, duration_s, clock) for name in STREAMS
            }
            return cls(tokens, arrays[EVENTS], arrays[MUSIC_TEXT], duration_s)


def _checked(stream: TokenStream, tokens: np.ndarray, n: int, duration_s: float, clock: Clock) -> np.ndarray:
    """Checks shape, type and range of tokens."""
    shape = (n, token_levels(stream, clock), token_frames(stream, clock, duration_s))
    if n == 0 or tokens.shape != shape or tokens.dtype != np.int16:
        raise ValueError(f"{stream} is {tokens.dtype} {list(tokens.shape)}, not int16 {list(shape)}")
    if tokens.min() < 0 or tokens.max() >= token_vocab(stream, clock):
        raise ValueError(f"{stream} tokens are out of range")
    return tokens


def _end(values: np.ndarray, share: float, axis: int) -> np.ndarray:
    """The last part of an axis."""
    length = values.shape[axis]
    return values.take(range(length - round(length * share), length), axis=axis)
