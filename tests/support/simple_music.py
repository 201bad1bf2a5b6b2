"""Simple music made from sines and noise, and the small clock that the room's tests run on."""

import numpy as np

from v2meow_pipeline.clock import Clock

RATE = 16_000
SMALL = Clock(clip_s=4.0, semantic_vocab=128, acoustic_vocab=64, acoustic_levels=6, coarse_levels=2)


def music(seed: int, bpm: float = 120.0, duration_s: float = 4.0) -> np.ndarray:
    """Three-note chords that change each bar, over a drum on each beat and a hat between; float32, peak 0.5."""
    rng = np.random.default_rng(seed)
    n = round(duration_s * RATE)
    wave = np.zeros(n)
    beat = round(60 / bpm * RATE)
    t = np.arange(4 * beat) / RATE
    for bar in range(n // (4 * beat) + 1):
        root = 110 * 2 ** (rng.integers(0, 12) / 12)
        for ratio in (1, 1.26, 1.5):
            for harmonic in range(1, 6):
                note = np.sin(2 * np.pi * root * ratio * harmonic * t) / harmonic**1.5 * np.exp(-t)
                _mix(wave, bar * 4 * beat, 0.15 * note)
    fade = np.exp(-np.arange(4000) / 500)
    for index, start in enumerate(range(0, n, beat // 2)):
        drum = (
            np.sin(2 * np.pi * 60 * np.arange(4000) / RATE) * 3 if index % 2 == 0 else rng.standard_normal(4000) * 0.3
        )
        _mix(wave, start, drum * fade)
    return (0.5 * wave / np.abs(wave).max()).astype(np.float32)


def _mix(wave: np.ndarray, start: int, sound: np.ndarray) -> None:
    part = wave[start : start + len(sound)]
    part += sound[: len(part)]
