"""Musical key of a wave, and its agreement with the reference's key.

Conventions: a tonic is a pitch class from 0 (C) to 11 (B); the mode is major or minor. Modal and atonal music gets the
nearest of the 24 keys; `strength` is the correlation with its profile. Key agreement is mir_eval's weighted score
(MIREX): 1 for the same key, .5 a fifth above, .3 relative, .2 parallel, else 0. Range [0, 1], 1 is best. Silence has no
key: the score is NaN if the reference has none, and 0 if only the generated wave has none, as in `rhythm`.

Method: chromagram of STFT magnitudes in windows of half a second, averaged over time, so that loud passages
count more; then the key whose profile correlates best with it (Krumhansl and Kessler 1982, Krumhansl 1990). Its typical
errors are fifths and relative keys: compare the agreement with that of shuffled clips.
"""

from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.chroma import chromagram
from v2meow_pipeline.metrics.silence import silent_share
from v2meow_pipeline.metrics.stft import stft
from v2meow_pipeline.metrics.validate import Array, require_wave

WINDOW_S = 0.5
PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# Krumhansl and Kessler's probe-tone ratings by semitones above the tonic.
PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


class Key(NamedTuple):
    """Estimated musical key.

    Attributes:
        tonic: pitch class, 0 is C.
        mode: "major" or "minor".
        strength: correlation of the chroma with the key's profile, in [-1, 1]; below about .5 the key is uncertain.
    """

    tonic: int
    mode: str
    strength: float

    @property
    def name(self) -> str:
        """Name in mir_eval's notation, such as "Eb minor"."""
        return f"{PITCHES[self.tonic]} {self.mode}"


def mean_chroma(wave: Array, sample_rate_hz: int) -> Array:
    """Mean chroma vector of a wave.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.

    Returns:
        Non-negative magnitude of each pitch class from C, `[12]`, not normalised.
    """
    samples = require_wave(wave, sample_rate_hz)
    # Waves shorter than one window are zero-padded.
    window = 2 ** round(np.log2(WINDOW_S * sample_rate_hz))
    samples = np.pad(samples, (0, max(0, window - len(samples))))
    magnitudes = np.abs(stft(samples, window // 4, window))
    mean: Array = chromagram(magnitudes, sample_rate_hz).mean(axis=1, dtype=np.float64)
    return mean


def key_of_chroma(chroma: Array) -> Key | None:
    """Key whose profile correlates best with a chroma vector.

    Args:
        chroma: magnitude of each pitch class from C, `[12]`.

    Returns:
        The key; None if all pitch classes are equal.

    Raises:
        ValueError: if the shape is not `[12]` or a value is not finite.
    """
    pitches = np.asarray(chroma, dtype=np.float64)
    if pitches.shape != (12,) or not np.isfinite(pitches).all():
        raise ValueError(f"expected 12 finite pitch classes, got an array of shape {pitches.shape}")
    if np.ptp(pitches) <= 1e-9 * np.abs(pitches).max():
        return None
    found = [
        Key(tonic, mode, float(np.corrcoef(np.roll(profile, tonic), pitches)[0, 1]))
        for mode, profile in PROFILES.items()
        for tonic in range(12)
    ]
    return max(found, key=lambda key: key.strength)


def find_key(wave: Array, sample_rate_hz: int) -> Key | None:
    """Estimates the key of a wave.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.

    Returns:
        The key; None if the whole wave is silent (below -60 dBFS).
    """
    if silent_share(wave, sample_rate_hz) == 1.0:
        return None
    return key_of_chroma(mean_chroma(wave, sample_rate_hz))


def key_agreement(reference: Key | None, generated: Key | None) -> float:
    """Agreement of two keys: mir_eval's weighted score.

    Args:
        reference: key of the ground truth.
        generated: key of the generated wave.

    Returns:
        Score in [0, 1]; NaN if the reference has no key.
    """
    import mir_eval

    if reference is None:
        return float("nan")
    return 0.0 if generated is None else float(mir_eval.key.weighted_score(reference.name, generated.name))


def mode_agreement(reference: Key | None, generated: Key | None) -> float:
    """Whether both keys have the same mode; about half of random pairs do.

    Args:
        reference: key of the ground truth.
        generated: key of the generated wave.

    Returns:
        0 or 1; NaN if the reference has no key.
    """
    if reference is None:
        return float("nan")
    return float(generated is not None and reference.mode == generated.mode)


def key_scores(reference: Key | None, generated: Key | None) -> dict[str, float]:
    """All harmony scores of one clip.

    Args:
        reference: key of the ground truth.
        generated: key of the generated wave.

    Returns:
        `key_agreement_kk`, `mode_agreement_kk`, and `key_strength_kk` of the generated wave (NaN without a key).
    """
    return {
        "key_agreement_kk": key_agreement(reference, generated),
        "mode_agreement_kk": mode_agreement(reference, generated),
        "key_strength_kk": float("nan") if generated is None else generated.strength,
    }
