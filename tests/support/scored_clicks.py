"""Scores and summary of click tracks with noise, for tests of the metrics."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

import numpy as np

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.metrics import controls
from v2meow_pipeline.metrics.by_clip import score_clips
from v2meow_pipeline.metrics.judges import add_frechet_distances, require_frames
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.metrics.samples import ONE_SAMPLE, Samples
from v2meow_pipeline.metrics.summary import MetricsConfig, summarise
from v2meow_pipeline.metrics.wave import WaveFeatures, analyse_wave

CLOCK = Clock(clip_s=4.0)
RATE = CLOCK.sample_rate_hz
TEMPI = [80.0, 96.0, 110.0, 124.0, 138.0, 150.0]
CLIPS = [f"clip{index}" for index in range(len(TEMPI))]
CONFIG = MetricsConfig(replicates=50, fad_replicates=20, floor_splits=10)


def music(tempo: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.01, CLOCK.clip_samples)
    return (controls.click_track(tempo, CLOCK.clip_samples, RATE) + noise).astype(np.float32)


REFERENCE = [music(tempo, seed) for seed, tempo in enumerate(TEMPI)]


def bands(wave: np.ndarray) -> np.ndarray:
    """A judge of four dimensions: log energies of four bands, ten frames a second."""
    spectra = np.abs(np.fft.rfft(wave.reshape(-1, RATE // 10), axis=1))
    return np.log(spectra[:, :800].reshape(len(spectra), 4, -1).mean(axis=2) + 1e-3)


@cache
def _features(samples: bytes) -> WaveFeatures:
    return analyse_wave(np.frombuffer(samples, np.float32), RATE)


def features(waves: Sequence[np.ndarray]) -> list[WaveFeatures]:
    return [_features(np.asarray(wave, np.float32).tobytes()) for wave in waves]


def controls_of(reference: Sequence[np.ndarray], seed: int) -> dict[str, list[np.ndarray]]:
    """Ground truth, shuffle and silence."""
    shuffled = [reference[other] for other in controls.derangement(len(reference), seed)]
    silent = [controls.silence(len(wave)) for wave in reference]
    return {"ground_truth": list(reference), "random_shuffle": shuffled, "silence": silent}


def run(
    seed: int = 3,
    systems: dict[str, list[np.ndarray]] | None = None,
    reference: Sequence[np.ndarray] = tuple(REFERENCE),
    judges: Mapping[str, Callable[[np.ndarray], np.ndarray]] = MappingProxyType({"bands_0.1s": bands}),
    tempi: Sequence[float] = TEMPI,
    clip_ids: Sequence[str] = CLIPS,
    splits: Sequence[str] | None = None,
    samples: Samples = ONE_SAMPLE,
) -> EvaluationResult:
    systems = controls_of(REFERENCE, seed) if systems is None else systems
    rows = score_clips({name: features(waves) for name, waves in systems.items()}, features(reference), clip_ids, tempi)
    embedded = {}
    for name, judge in judges.items():
        frames = {system: [judge(wave) for wave in waves] for system, waves in systems.items()}
        embedded[name] = require_frames(name, frames, [judge(wave) for wave in reference], clip_ids)
        add_frechet_distances(rows, name, embedded[name])
    return summarise(rows, embedded, seed, CONFIG, samples, splits)
