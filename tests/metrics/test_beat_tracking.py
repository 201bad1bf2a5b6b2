"""Onset strength, tempogram, beats, onsets and chroma equal those of librosa, whose import they avoid."""

import subprocess
import sys

import numpy as np
import pytest
from tests.support.librosa_loading import loaded_librosa

from v2meow_pipeline.metrics import beats, rhythm, tempo
from v2meow_pipeline.metrics.beat_tracking import track_beats
from v2meow_pipeline.metrics.chroma import chromagram, estimate_tuning
from v2meow_pipeline.metrics.controls import click_track
from v2meow_pipeline.metrics.mel_filters import mel_filters
from v2meow_pipeline.metrics.onset_detection import PeakPicking, detect_onsets
from v2meow_pipeline.metrics.onset_strength import onset_strength, tempogram
from v2meow_pipeline.metrics.stft import stft

RATE = 16_000


def music(seed: int, rate_hz: int = RATE, seconds: float = 10.0) -> np.ndarray:
    """Tones and noise bursts at random distances around a tempo, with silent stretches in some."""
    rng = np.random.default_rng(seed)
    wave = rng.normal(0, 10.0 ** rng.uniform(-6, -2), round(seconds * rate_hz))
    beat_s = 60 / rng.uniform(50, 180)
    for start_s in np.arange(rng.uniform(0, beat_s), seconds, beat_s) + rng.normal(0, 0.02 * (seed % 3)):
        start = max(0, round(start_s * rate_hz))
        time_s = np.arange(min(rate_hz // 5, len(wave) - start)) / rate_hz
        tone = np.sin(2 * np.pi * rng.uniform(60, 2000) * time_s) + rng.uniform(0, 1) * rng.normal(size=len(time_s))
        wave[start : start + len(time_s)] += rng.uniform(0.05, 0.5) * np.exp(-time_s * 20) * tone
    if seed % 4 == 0:
        wave[len(wave) // 3 : len(wave) // 2] = 0
    return wave.astype(np.float32)


WAVES = {
    **{f"music {seed}": music(seed) for seed in range(12)},
    "noise": np.random.default_rng(0).normal(0, 0.1, 5 * RATE).astype(np.float32),
    "clicks": click_track(120.0, 10 * RATE, RATE),
    "slow clicks": click_track(31.0, 10 * RATE, RATE),
    "one second": music(3, seconds=1.0),
    "short": music(5, seconds=0.15),
    "one click": np.eye(1, 4 * RATE, 2 * RATE, dtype=np.float32)[0],
    "onset at the end": np.eye(1, 4 * RATE, 4 * RATE - 10, dtype=np.float32)[0],
}


@pytest.mark.parametrize(("rate_hz", "samples"), [(16_000, 2048), (22_050, 2048), (44_100, 5648), (48_000, 6144)])
def test_filters_equal_those_of_librosa(rate_hz: int, samples: int) -> None:
    """Catches another mel scale or another norm."""
    expected = loaded_librosa().filters.mel(sr=rate_hz, n_fft=samples, n_mels=128)
    assert np.array_equal(mel_filters(rate_hz, samples, 128), expected)


@pytest.mark.parametrize("name", WAVES)
def test_onset_strength_tempo_and_beats_equal_those_of_librosa(name: str) -> None:
    """Catches beats, and so the choice of a take or a score, that change with the implementation."""
    librosa, wave = loaded_librosa(), WAVES[name]
    envelope = onset_strength(wave, RATE, 256, 2048)
    expected = librosa.onset.onset_strength(y=wave, sr=RATE, hop_length=256, n_fft=2048)
    assert np.array_equal(envelope, expected)
    correlation = tempogram(envelope, 500)
    reference = librosa.feature.tempogram(onset_envelope=envelope, sr=62.5, hop_length=1, win_length=500)
    assert np.array_equal(correlation, reference)
    bpm = tempo.tempo_of_envelope(envelope, 62.5)
    for tested in (bpm, 30.0, 77.7, 120.0, 300.0):
        _, expected_beats = librosa.beat.beat_track(
            onset_envelope=envelope, sr=RATE, hop_length=256, bpm=tested, trim=False
        )
        assert np.array_equal(track_beats(envelope, tested, 62.5), expected_beats)


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100])
def test_beats_of_other_rates_equal_those_of_librosa(rate_hz: int) -> None:
    """Catches times that are computed for 16 kHz only."""
    librosa, wave = loaded_librosa(), music(1, rate_hz)
    hop = tempo.envelope_hop_samples(rate_hz)
    envelope = librosa.onset.onset_strength(y=wave, sr=rate_hz, hop_length=hop, n_fft=8 * hop)
    assert np.array_equal(tempo.onset_envelope(wave, rate_hz), envelope)
    bpm = tempo.tempo_bpm(wave, rate_hz)
    _, times_s = librosa.beat.beat_track(
        onset_envelope=envelope, sr=rate_hz, hop_length=hop, bpm=bpm, trim=False, units="time"
    )
    assert len(times_s) > 5
    assert np.array_equal(rhythm.beats_s(wave, rate_hz), times_s)


@pytest.mark.parametrize("name", WAVES)
def test_onsets_and_chroma_equal_those_of_librosa(name: str) -> None:
    """Catches scores that cannot be compared with published ones any more."""
    librosa, wave = loaded_librosa(), WAVES[name]
    envelope = onset_strength(wave, RATE, 256, 2048)
    onsets = librosa.onset.onset_detect(onset_envelope=envelope, sr=RATE, hop_length=256, units="frames")
    assert np.array_equal(detect_onsets(envelope, PeakPicking.default(RATE, 256)), onsets)
    resampled = librosa.resample(wave, orig_sr=RATE, target_sr=22_050)
    envelope = librosa.onset.onset_strength(y=resampled, sr=22_050, hop_length=512)
    assert np.array_equal(beats.beat_onset_envelope(wave, RATE), envelope)
    for picking, words in (
        (beats.ADJUSTED.picking, {"pre_avg": 3, "post_avg": 3, "pre_max": 3, "post_max": 3}),
        (beats.ORIGINAL.picking, {"pre_avg": 1, "post_avg": 1, "post_max": 1}),
    ):
        onsets = librosa.onset.onset_detect(
            onset_envelope=envelope, sr=22_050, hop_length=512, units="frames", wait=1, delta=0.2, **words
        )
        assert np.array_equal(detect_onsets(envelope, picking), onsets)
    magnitudes = np.abs(librosa.stft(np.pad(wave, (0, max(0, 8192 - len(wave)))), n_fft=8192, hop_length=2048))
    tuning = librosa.estimate_tuning(S=magnitudes, sr=RATE, bins_per_octave=12)
    assert estimate_tuning(magnitudes, RATE) == tuning
    chroma = librosa.feature.chroma_stft(S=magnitudes, sr=RATE, n_fft=8192, norm=None)
    assert np.array_equal(chromagram(magnitudes, RATE), chroma)


@pytest.mark.parametrize("cents", [-40, -20, 0, 30])
def test_the_tuning_of_detuned_tones_is_found(cents: int) -> None:
    """Catches a key that is taken for its neighbour since the instruments are not tuned to 440 Hz."""
    time_s = np.arange(4 * RATE) / RATE
    tones = sum(np.sin(2 * np.pi * 220 * 2 ** ((semitone + cents / 100) / 12) * time_s) for semitone in (0, 4, 7, 12))
    assert estimate_tuning(np.abs(stft(0.1 * tones.astype(np.float32), 2048, 8192)), RATE) == pytest.approx(
        cents / 100, abs=0.03
    )


def test_beats_alone_are_those_of_the_whole_analysis() -> None:
    """Catches a take that is chosen by other beats than it is scored by."""
    for wave in (WAVES["music 2"], np.zeros(RATE, np.float32)):
        assert np.array_equal(rhythm.beats_s(wave, RATE), rhythm.analyse_rhythm(wave, RATE).beats_s)


def test_music_is_analysed_without_librosa_and_numba() -> None:
    """Catches an import of seconds, and a compilation of half a minute, before the first soundtrack or score."""
    code = """
import sys, numpy as np
from v2meow_pipeline.composer.takes import beats_on_events
wave = np.tile(np.r_[np.ones(200), np.zeros(7800)], 20).astype(np.float32)
assert -1 <= beats_on_events(wave, 16_000, np.array([1.0, 2.0])) <= 1
print(sorted({"librosa", "numba", "scipy"} & set(sys.modules)))
from v2meow_pipeline.metrics.wave import analyse_wave
analyse_wave(wave, 16_000)
print(sorted({"librosa", "numba"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["[]", "[]"]
