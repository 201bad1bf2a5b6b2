"""Keys of synthesised chords and scales, and their agreement."""

import numpy as np
import pytest

from v2meow_pipeline.metrics import harmony
from v2meow_pipeline.metrics.harmony import Key

RATE = 16_000
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def chord(pitches: tuple[int, ...], seconds: float = 1.0, tuning: float = 0.0) -> np.ndarray:
    """MIDI pitches with five harmonics each, decaying as a plucked string does."""
    t_s = np.arange(round(seconds * RATE)) / RATE
    hz = [440 * 2 ** ((pitch + tuning - 69) / 12) for pitch in pitches]
    tones = [np.sin(2 * np.pi * h * f * t_s) / h**1.5 for f in hz for h in range(1, 6)]
    return (0.05 * np.sum(tones, axis=0) * np.exp(-t_s)).astype(np.float32)


def cadence(tonic: int, mode: str, tuning: float = 0.0) -> np.ndarray:
    """I-IV-V-I, with the leading note in minor too."""
    third = 4 if mode == "major" else 3
    root = 48 + tonic
    triads = [(0, third, 7), (5, 5 + third, 12), (7, 11, 14), (0, third, 7)]
    return np.concatenate([chord(tuple(root + step for step in triad), tuning=tuning) for triad in triads])


def scale(tonic: int, steps: tuple[int, ...]) -> np.ndarray:
    """Up the scale, with the tonic held at both ends."""
    notes = [chord((60 + tonic + step,), 0.5) for step in (*steps, 12)]
    return np.concatenate([chord((60 + tonic,), 2.0), *notes, chord((60 + tonic,), 2.0)])


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", [0, 1, 4, 7, 10])
def test_a_cadence_is_in_its_key(tonic: int, mode: str) -> None:
    """A profile rolled the wrong way is right in C only; a chroma that starts on A, nowhere."""
    found = harmony.find_key(cadence(tonic, mode), RATE)
    assert found is not None
    assert (found.tonic, found.mode) == (tonic, mode)
    assert found.strength > 0.7


@pytest.mark.parametrize("tonic", [0, 3, 9])
def test_a_scale_is_in_its_key(tonic: int) -> None:
    for steps, mode in ((MAJOR, "major"), (MINOR, "minor")):
        found = harmony.find_key(scale(tonic, steps), RATE)
        assert found is not None and found.name == f"{harmony.PITCHES[tonic]} {mode}"


def test_music_a_third_of_a_semitone_sharp_keeps_its_key() -> None:
    """Old recordings and synthesisers are not tuned to 440 Hz."""
    found = harmony.find_key(cadence(2, "minor", tuning=0.33), RATE)
    assert found is not None and found.name == "D minor"


def test_another_rate_gives_the_same_key() -> None:
    slower = cadence(5, "major")[::2]
    found = harmony.find_key(slower, RATE // 2)
    assert found is not None and found.name == "F major"


def test_silence_has_no_key_and_noise_has_a_weak_one() -> None:
    """A silent system would score as music in C major."""
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * RATE)
    assert harmony.find_key(np.zeros(5 * RATE), RATE) is None
    assert harmony.key_of_chroma(np.ones(12)) is None
    found = harmony.find_key(noise, RATE)
    assert found is None or found.strength < 0.7


@pytest.mark.parametrize(
    ("generated", "expected", "same_mode"),
    [
        (Key(0, "major", 1), 1.0, 1.0),
        (Key(7, "major", 1), 0.5, 1.0),
        (Key(9, "minor", 1), 0.3, 0.0),
        (Key(0, "minor", 1), 0.2, 0.0),
        (Key(6, "major", 1), 0.0, 1.0),
        (None, 0.0, 0.0),
    ],
)
def test_agreement_with_c_major_is_mirexs(generated: Key | None, expected: float, same_mode: float) -> None:
    reference = Key(0, "major", 1)
    assert harmony.key_agreement(reference, generated) == expected
    assert harmony.mode_agreement(reference, generated) == same_mode


def test_a_reference_without_key_has_no_score() -> None:
    """Zero for a clip that cannot be judged would punish every system for it alike."""
    assert all(
        np.isnan(harmony.key_scores(None, Key(0, "major", 1))[key]) for key in ("key_agreement_kk", "mode_agreement_kk")
    )
    assert np.isnan(harmony.key_scores(Key(0, "major", 1), None)["key_strength_kk"])


def test_every_key_has_a_name_that_mir_eval_knows() -> None:
    for mode in harmony.PROFILES:
        for tonic in range(12):
            assert harmony.key_agreement(Key(tonic, mode, 1), Key(tonic, mode, 1)) == 1.0


def test_what_has_no_chroma_raises() -> None:
    for bad in (np.zeros(0), np.full(RATE, np.nan)):
        with pytest.raises(ValueError, match=r"empty|finite"):
            harmony.find_key(bad, RATE)
    with pytest.raises(ValueError, match="12 finite"):
        harmony.key_of_chroma(np.ones(11))
