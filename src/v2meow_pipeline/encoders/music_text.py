"""A joint space of music and text: the role of MuLan in the paper.

MuLan was never released. Here a frozen music tagger (musicnn) and a frozen text encoder (MiniLM) each get a small
tower, trained contrastively on the corpus' own clips and captions. In training the stages see the embedding of a
clip's audio; at inference that of a text takes its place (paper, section "Control").
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
from v2meow_pipeline.encoders.contrastive import WIDTH, FitReport, MusicTextConfig, Towers, train
from v2meow_pipeline.encoders.musicnn import SAMPLE_RATE_HZ, TAGS, Musicnn
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.encoders.waves import segments, to_rate
from v2meow_pipeline.errors import ConfigError, StaleError

KIND = "music_text"
REVISION = "music_text-1"
SEGMENT_S = 10  # MuLan's; a longer wave's segments are averaged
HOP_FRAMES = 146  # four windows of 3 s fill a segment of 10 s evenly
TRUNK_WIDTH = 2 * Musicnn.width + len(TAGS)


class MusicTextHead:
    """Both towers over their frozen encoders, behind the `MusicTextEncoder` protocol.

    Attributes:
        name: "music_text".
        width: 128.
        fingerprint: of the towers, both frozen encoders and the pooling.
    """

    name = "music_text"
    width = WIDTH

    def __init__(self, towers: Towers, config: MusicTextConfig, trunk: Musicnn, text: TextEncoder) -> None:
        """Puts the parts together; see `fit` and `load`.

        Args:
            towers: trained.
            config: that they were built with.
            trunk: frozen music network.
            text: frozen text network.
        """
        self._towers = towers.eval().requires_grad_(False)
        self._config = config
        self._trunk, self._text = trunk, text
        digest = [fingerprint(value.numpy().tobytes().hex()) for value in towers.state_dict().values()]
        self.fingerprint = fingerprint(REVISION, trunk.fingerprint, text.fingerprint, digest)

    @classmethod
    def fit(
        cls,
        trunk_features: Float[np.ndarray, "n trunk_width"],
        captions: Sequence[str],
        config: MusicTextConfig,
        seed: int,
        trunk: Musicnn | None = None,
        text: TextEncoder | None = None,
    ) -> tuple["MusicTextHead", FitReport]:
        """A head trained on clips and their captions.

        Args:
            trunk_features: a row per clip, from `trunk_features`.
            captions: one per row; clips may share one.
            config: sizes and training.
            seed: of everything drawn.
            trunk: the network that made the features; None loads it.
            text: the text encoder; None loads MiniLM.

        Returns:
            The head, and the loss curves and held-out retrieval.

        Raises:
            ConfigError: when rows and captions differ in number, or fewer than two captions differ.
        """
        distinct, caption = np.unique(np.asarray(captions, dtype=object).astype(str), return_inverse=True)
        if len(captions) != len(trunk_features) or len(distinct) < 2:
            raise ConfigError(
                f"{len(trunk_features)} clips with {len(captions)} captions, {len(distinct)} of them distinct, "
                "cannot be contrasted.",
                "Give each clip a caption, and at least two different ones, or train without music_text.",
            )
        text = text or MiniLM()
        towers, report = train(trunk_features, caption, text.encode(distinct.tolist()), config, seed)
        return cls(towers, config, trunk or Musicnn(), text), report

    def save(self, folder: Path, fingerprint: str, extra: dict[str, Any] | None = None) -> None:
        """Writes the towers as a checkpoint, atomically.

        Args:
            folder: to write.
            fingerprint: of everything that went into the training.
            extra: further JSON values for its config, such as `trained_on` and `licence`.
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
        """A head from its checkpoint.

        Args:
            folder: written by `save`.
            trunk: the frozen music network; None loads it.
            text: the frozen text encoder; None loads MiniLM.

        Returns:
            The head.

        Raises:
            V2MeowError: when there is no such checkpoint.
            StaleError: when it was trained over other frozen encoders.
        """
        config, weights = load_checkpoint(folder, KIND)
        trunk, text = trunk or Musicnn(), text or MiniLM()
        for part, encoder in (("trunk", trunk), ("text", text)):
            if config.get(part) != encoder.fingerprint:
                raise StaleError(f"{folder} was trained over another {part} encoder.", "Train the head again.")
        with loading(folder):
            settings = MusicTextConfig.parse(config["config"])
            towers = Towers(TRUNK_WIDTH, config["text_width"], settings)
            check_shapes(weights, {name: value.shape for name, value in weights.items()})
            towers.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        return cls(towers, settings, trunk, text)

    def embed_audio(self, waves: Iterable[Float[np.ndarray, "_"]], sample_rate_hz: int) -> Float[np.ndarray, "n 128"]:
        """The unit vectors of some waveforms, each the mean over its 10 s segments.

        Args:
            waves: mono, in [-1, 1], of any length.
            sample_rate_hz: of all of them.

        Returns:
            float32, a row per wave.
        """
        rows = [self.embed_features(segment_features(self._trunk, wave, sample_rate_hz)) for wave in waves]
        means = np.stack([row.mean(axis=0) for row in rows]) if rows else np.zeros((0, WIDTH), np.float32)
        return means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)

    def embed_features(self, trunk_features: Float[np.ndarray, "n trunk_width"]) -> Float[np.ndarray, "n 128"]:
        """The unit vectors of rows of `trunk_features`, where these were kept."""
        with torch.inference_mode():
            return self._towers.embed_audio(torch.from_numpy(trunk_features)).numpy()

    def embed_text(self, texts: Sequence[str]) -> Float[np.ndarray, "n 128"]:
        """The unit vectors of some texts.

        Args:
            texts: a list of them.

        Returns:
            float32, a row per text.

        Raises:
            TypeError: for a bare string.
        """
        with torch.inference_mode():
            return self._towers.embed_text(torch.from_numpy(self._text.encode(texts))).numpy()


def trunk_features(
    trunk: Musicnn, waves: Iterable[Float[np.ndarray, "_"]], sample_rate_hz: int
) -> Float[np.ndarray, "n 450"]:
    """What the head is trained on: the trunk's view of each wave, the mean over its 10 s segments.

    Args:
        trunk: frozen music network.
        waves: mono, in [-1, 1].
        sample_rate_hz: of all of them.

    Returns:
        float32, a row per wave.
    """
    rows = [segment_features(trunk, wave, sample_rate_hz).mean(axis=0) for wave in waves]
    return np.stack(rows) if rows else np.zeros((0, TRUNK_WIDTH), np.float32)


def segment_features(
    trunk: Musicnn, wave: Float[np.ndarray, " samples"], sample_rate_hz: int
) -> Float[np.ndarray, "segment 450"]:
    """The trunk's view of each 10 s segment: mean and deviation of its penultimate layer, and log-odds of its tags."""
    rows = []
    for segment in segments(to_rate(wave, sample_rate_hz, SAMPLE_RATE_HZ), SEGMENT_S * SAMPLE_RATE_HZ):
        tags, penultimate = trunk.analyse(segment, HOP_FRAMES)
        odds = np.log(tags + 1e-4) - np.log(1 - tags + 1e-4)
        rows.append(np.concatenate([penultimate.mean(axis=0), penultimate.std(axis=0), odds.mean(axis=0)]))
    return np.stack(rows)
