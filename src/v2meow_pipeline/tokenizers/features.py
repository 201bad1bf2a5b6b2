"""Frame features for semantic tokens.

`FrameFeatures` is the interface, implemented by `MusicFeatures` and by hidden layers of networks such as the paper's
w2v-BERT.
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
    """Group of feature columns with a common weight.

    Attributes:
        name: name of the group.
        start: first column.
        stop: end of the columns, exclusive.
        weight: weight of the group in distances.
    """

    name: str
    start: int
    stop: int
    weight: float


@runtime_checkable
class FrameFeatures(Protocol):
    """Interface of frame features: one feature vector per semantic token.

    Attributes:
        name: stable name, stored in checkpoints.
        fingerprint: fingerprint of everything that affects the features, including weights.
        groups: groups that cover all columns.
    """

    name: str
    fingerprint: str
    groups: tuple[FeatureGroup, ...]

    def compute(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        """Computes the features of `t` frames from the start of the waveform."""


class MusicFeatures:
    """Signal features of harmony, rhythm and timbre: chroma, onset strength and spectral envelope.

    Attributes:
        name: "chroma_onset_envelope".
        fingerprint: revision of the features.
        groups: chroma (12 pitch classes), onset strength in bands, and log-mel envelope.

    Args:
        clock: frame rates.
        onset_bands: mel bands of the onset strength.
        envelope_bands: mel bands of the envelope.
        weights: weights of the three groups.
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
        """Computes `t` frames: chroma in [0, 1], onset strength >= 0, envelope in log10 of magnitude."""
        chroma = magnitudes(wave, t, CHROMA_WINDOW, self._hop) @ self._pitch.T
        chroma /= np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), CHROMA_FLOOR / 10)
        onset = onset_strength(wave, t, self._hop, self._rate, self._onset)
        envelope = np.log10(magnitudes(wave, t, ENVELOPE_WINDOW, self._hop) @ self._envelope.T + ENVELOPE_FLOOR)
        return np.concatenate([chroma, onset, envelope], axis=1).astype(np.float32)


def onset_strength(
    wave: Float[np.ndarray, " n"], t: int, hop: int, sample_rate_hz: int, filters: Float[np.ndarray, "band bin"]
) -> Float[np.ndarray, "t band"]:
    """Onset strength per band: half-wave rectified spectral flux of log-mel magnitudes.

    The flux is computed over 20 ms at 100 Hz and then averaged within each frame; at the frame rate itself, short drum
    hits between two frames would be missed.

    Args:
        wave: samples.
        t: number of frames.
        hop: samples per frame.
        sample_rate_hz: sample rate of the waveform.
        filters: mel filters for windows of 512 samples.

    Returns:
        Mean increase in log10 of magnitude.
    """
    parts = max(1, round(hop * ONSET_RATE_HZ / sample_rate_hz))
    spectra = magnitudes(wave, t * parts, ONSET_WINDOW, hop // parts)
    level = np.log10(spectra @ filters.T + ONSET_FLOOR)
    before = np.concatenate([level[:1].repeat(ONSET_LAG, axis=0), level])[: len(level)]
    return np.maximum(level - before, 0).reshape(t, parts, len(filters)).mean(1)


def onset_envelope(wave: Float[np.ndarray, " n"], clock: Clock) -> Float[np.ndarray, " t_semantic"]:
    """Onset envelope of a waveform at the semantic token rate, the reference for `SemanticTokenizer.onset_envelope`."""
    t = clock.semantic_frames(len(wave) / clock.sample_rate_hz)
    filters = mel_filters(ONSET_BANDS, ONSET_WINDOW, clock.sample_rate_hz)
    hop = clock.sample_rate_hz // clock.semantic_hz
    return onset_strength(wave, t, hop, clock.sample_rate_hz, filters).mean(1)


def _pitch_class_filters(window: int, sample_rate_hz: int) -> Float[np.ndarray, "pitch_class bin"]:
    """Chroma filterbank (pitch class 0 is C): Gaussians with sigma of half a semitone, band-limited."""
    hz = np.linspace(0, sample_rate_hz / 2, window // 2 + 1)
    within = (hz >= LOWEST_HZ) & (hz <= HIGHEST_HZ)
    pitch = 12 * np.log2(np.maximum(hz, 1) / 440) + 9
    distance = (pitch - np.arange(12)[:, None] + 6) % 12 - 6
    return (np.exp(-0.5 * (distance / 0.5) ** 2) * within).astype(np.float32)
