"""Frame features that semantic tokens are clustered on.

`FrameFeatures` is the seam: a network's hidden layer (the paper's w2v-BERT) takes the place of `MusicFeatures` without
a change to the tokenizer.
"""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.mel_filters import mel_filters
from v2meow_pipeline.tokenizers.log_mel import magnitudes

LOWEST_HZ, HIGHEST_HZ = 60.0, 2_500.0
CHROMA_WINDOW = 4096
ONSET_WINDOW, ONSET_RATE_HZ, ONSET_LAG = 512, 100, 2
ONSET_FLOOR = 1e-3
ONSET_BANDS = 8
ENVELOPE_WINDOW = 1280
ENVELOPE_FLOOR = 1e-4
CHROMA_FLOOR = 1e-2


class FeatureGroup(NamedTuple):
    """Columns that belong together, `start` to `stop`, and the weight they have in distances."""

    name: str
    start: int
    stop: int
    weight: float


@runtime_checkable
class FrameFeatures(Protocol):
    """Features of a wave, a row a semantic token.

    Attributes:
        name: a stable name, part of a checkpoint.
        fingerprint: of everything that decides what comes out, weights too: centres belong to one such.
        groups: which columns belong together, covering all columns.
    """

    name: str
    fingerprint: str
    groups: tuple[FeatureGroup, ...]

    def compute(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        """Features of `t` frames that cover the wave from its start."""


class MusicFeatures:
    """Harmony, beat and timbre, without a trained network.

    Attributes:
        name: "chroma_onset_envelope".
        fingerprint: of what is measured.
        groups: 12 pitch classes; onset strength in bands; log-mel envelope.

    Args:
        clock: rates.
        onset_bands: bands of the onset strength.
        envelope_bands: bands of the envelope.
        weights: of the three groups.
    """

    name = "chroma_onset_envelope"
    fingerprint = "chroma_onset_envelope-1"

    def __init__(
        self, clock: Clock, onset_bands: int, envelope_bands: int, weights: tuple[float, float, float]
    ) -> None:
        self._rate = clock.sample_rate_hz
        self._hop = clock.sample_rate_hz // clock.semantic_hz
        self._pitch = _pitch_class_filters(CHROMA_WINDOW, self._rate)
        self._onset = mel_filters(onset_bands, ONSET_WINDOW, self._rate)
        self._envelope = mel_filters(envelope_bands, ENVELOPE_WINDOW, self._rate)
        ends = np.cumsum([0, 12, onset_bands, envelope_bands]).tolist()
        names = ("chroma", "onset", "envelope")
        self.groups = tuple(map(FeatureGroup, names, ends[:-1], ends[1:], weights))

    def compute(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        """Features of `t` frames: chroma (0 to 1), onset strength (from 0), envelope (log10 of magnitude)."""
        chroma = magnitudes(wave, t, CHROMA_WINDOW, self._hop) @ self._pitch.T
        chroma /= np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), CHROMA_FLOOR / 10)
        onset = onset_strength(wave, t, self._hop, self._rate, self._onset)
        envelope = np.log10(magnitudes(wave, t, ENVELOPE_WINDOW, self._hop) @ self._envelope.T + ENVELOPE_FLOOR)
        return np.concatenate([chroma, onset, envelope], axis=1).astype(np.float32)


def onset_strength(
    wave: Float[np.ndarray, " n"], t: int, hop: int, sample_rate_hz: int, filters: Float[np.ndarray, "band bin"]
) -> Float[np.ndarray, "t band"]:
    """How much the log-mel energy of each band rises within each frame (spectral flux, positive part).

    Rises are measured over 20 ms at 100 Hz, then averaged within the frame: at the frame rate itself, short drum
    hits between two frames would be lost.

    Args:
        wave: samples.
        t: number of frames.
        hop: samples a frame.
        sample_rate_hz: of the wave.
        filters: mel bands of windows of 512 samples.

    Returns:
        Mean rise, log10 of magnitude.
    """
    parts = max(1, round(hop * ONSET_RATE_HZ / sample_rate_hz))
    fine = magnitudes(wave, t * parts, ONSET_WINDOW, hop // parts)
    level = np.log10(fine @ filters.T + ONSET_FLOOR)
    before = np.concatenate([level[:1].repeat(ONSET_LAG, axis=0), level])[: len(level)]
    return np.maximum(level - before, 0).reshape(t, parts, len(filters)).mean(1)


def onset_envelope(wave: Float[np.ndarray, " n"], clock: Clock) -> Float[np.ndarray, " t_semantic"]:
    """Onset strength of a wave at the rate of semantic tokens: the truth beside `SemanticTokenizer.onset_envelope`."""
    t = clock.semantic_frames(len(wave) / clock.sample_rate_hz)
    filters = mel_filters(ONSET_BANDS, ONSET_WINDOW, clock.sample_rate_hz)
    hop = clock.sample_rate_hz // clock.semantic_hz
    return onset_strength(wave, t, hop, clock.sample_rate_hz, filters).mean(1)


def _pitch_class_filters(window: int, sample_rate_hz: int) -> Float[np.ndarray, "pitch_class bin"]:
    """For each pitch class (0 is C), how much each bin counts: a Gaussian of half a semitone, between two limits."""
    hz = np.linspace(0, sample_rate_hz / 2, window // 2 + 1)
    within = (hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ)
    pitch = 12 * np.log2(np.maximum(hz, 1) / 440) + 9
    away = (pitch - np.arange(12)[:, None] + 6) % 12 - 6
    return (np.exp(-0.5 * (away / 0.5) ** 2) * within).astype(np.float32)
