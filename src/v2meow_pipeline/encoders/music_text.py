"""Music-text head: a joint embedding of music and text used instead of the paper's MuLan.

MuLan was never released. Here small towers over a frozen music tagger (musicnn) and a frozen text encoder (MiniLM) are
trained contrastively on the corpus' clips and captions. In training the stages are conditioned on the embedding of a
clip's audio, and at inference on that of a text (paper, section "Control").
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.checkpoint import check_shapes, load_checkpoint, loading, save_checkpoint
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders.base import TextEncoder
from v2meow_pipeline.encoders.music_text_towers import WIDTH, MusicTextConfig, Towers
from v2meow_pipeline.encoders.musicnn import SAMPLE_RATE_HZ, TAGS, Musicnn
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.encoders.waves import segments, to_rate
from v2meow_pipeline.errors import StaleError

KIND = "music_text"
REVISION = "music_text-1"
SEGMENT_S = 10  # as in MuLan; the embeddings of a longer waveform's segments are averaged
HOP_FRAMES = 146  # four windows of 3 s cover a segment of 10 s evenly
TRUNK_WIDTH = 2 * Musicnn.width + len(TAGS)


class MusicTextHead:
    """Audio and text towers over frozen encoders; implements `MusicTextEncoder`.

    Attributes:
        name: "music_text".
        width: 128.
        fingerprint: fingerprint of the towers, both frozen encoders and the pooling.
    """

    name = "music_text"
    width = WIDTH

    def __init__(self, towers: Towers, config: MusicTextConfig, trunk: Musicnn, text: TextEncoder) -> None:
        """Freezes the towers; see `training.music_text.fit_head` and `load`.

        Args:
            towers: trained towers.
            config: configuration of the towers.
            trunk: frozen music network.
            text: frozen text encoder.
        """
        self._towers = towers.eval().requires_grad_(False)
        self._config = config
        self._trunk, self._text = trunk, text
        digest = [fingerprint(value.numpy().tobytes().hex()) for value in towers.state_dict().values()]
        self.fingerprint = fingerprint(REVISION, trunk.fingerprint, text.fingerprint, digest)

    def save(self, folder: Path, fingerprint: str, extra: dict[str, Any] | None = None) -> None:
        """Writes the towers as a checkpoint, atomically.

        Args:
            folder: checkpoint directory to write.
            fingerprint: fingerprint of the training inputs.
            extra: additional JSON metadata, such as `trained_on` and `licence`.
        """
        config = {
            **(extra or {}),
            "kind": KIND,
            "fingerprint": fingerprint,
            "config": self._config.model_dump(mode="json"),
            "trunk": self._trunk.fingerprint,
            "text": self._text.fingerprint,
            "text_width": self._text.width,
        }
        save_checkpoint(folder, config, {name: value.numpy() for name, value in self._towers.state_dict().items()})

    @classmethod
    def load(cls, folder: Path, trunk: Musicnn | None = None, text: TextEncoder | None = None) -> "MusicTextHead":
        """Loads a head.

        Args:
            folder: checkpoint directory written by `save`.
            trunk: frozen music network; None loads it.
            text: frozen text encoder; None loads MiniLM.

        Returns:
            The head.

        Raises:
            V2MeowError: if the checkpoint is missing, damaged or of another kind.
            StaleError: if it was trained with other frozen encoders.
        """
        config, weights = load_checkpoint(folder, KIND)
        trunk, text = trunk or Musicnn(), text or MiniLM()
        for part, encoder in (("trunk", trunk), ("text", text)):
            if config.get(part) != encoder.fingerprint:
                raise StaleError(f"{folder} was trained with another {part} encoder.", "Train the head again.")
        with loading(folder):
            settings = MusicTextConfig.parse(config["config"])
            towers = Towers(TRUNK_WIDTH, config["text_width"], settings)
            check_shapes(weights, {name: value.shape for name, value in weights.items()})
            towers.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        return cls(towers, settings, trunk, text)

    def embed_audio(self, waves: Iterable[Float[np.ndarray, "_"]], sample_rate_hz: int) -> Float[np.ndarray, "n 128"]:
        """Embeds waveforms, each as the mean over its segments of 10 s.

        Args:
            waves: mono waveforms in [-1, 1] of any length.
            sample_rate_hz: sample rate of all waveforms.

        Returns:
            L2-normalised embeddings, float32, one row per waveform.
        """
        rows = [self.embed_features(segment_features(self._trunk, wave, sample_rate_hz)) for wave in waves]
        means = np.stack([row.mean(axis=0) for row in rows]) if rows else np.zeros((0, WIDTH), np.float32)
        return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)

    def embed_features(self, trunk_features: Float[np.ndarray, "n trunk_width"]) -> Float[np.ndarray, "n 128"]:
        """L2-normalised embeddings of precomputed `trunk_features`."""
        with torch.inference_mode():
            return self._towers.embed_audio(torch.from_numpy(trunk_features)).numpy()

    def embed_text(self, texts: Sequence[str]) -> Float[np.ndarray, "n 128"]:
        """Embeds texts.

        Args:
            texts: list of texts.

        Returns:
            L2-normalised embeddings, float32, one row per text.

        Raises:
            TypeError: if `texts` is a string.
        """
        with torch.inference_mode():
            return self._towers.embed_text(torch.from_numpy(self._text.encode(texts))).numpy()


def trunk_features(
    trunk: Musicnn, waves: Iterable[Float[np.ndarray, "_"]], sample_rate_hz: int
) -> Float[np.ndarray, "n 450"]:
    """Computes the inputs of the audio tower: trunk features averaged over the segments of 10 s of each waveform.

    Args:
        trunk: frozen music network.
        waves: mono waveforms in [-1, 1].
        sample_rate_hz: sample rate of all waveforms.

    Returns:
        Trunk features, float32, one row per waveform.
    """
    rows = [segment_features(trunk, wave, sample_rate_hz).mean(axis=0) for wave in waves]
    return np.stack(rows) if rows else np.zeros((0, TRUNK_WIDTH), np.float32)


def segment_features(
    trunk: Musicnn, wave: Float[np.ndarray, " samples"], sample_rate_hz: int
) -> Float[np.ndarray, "segment 450"]:
    """Trunk features of each segment: mean and standard deviation of the penultimate layer, log-odds of the tags."""
    rows = []
    for segment in segments(to_rate(wave, sample_rate_hz, SAMPLE_RATE_HZ), SEGMENT_S * SAMPLE_RATE_HZ):
        tags, penultimate = trunk.analyse(segment, HOP_FRAMES)
        odds = np.log(tags + 1e-4) - np.log(1 - tags + 1e-4)
        rows.append(np.concatenate([penultimate.mean(axis=0), penultimate.std(axis=0), odds.mean(axis=0)]))
    return np.stack(rows)
