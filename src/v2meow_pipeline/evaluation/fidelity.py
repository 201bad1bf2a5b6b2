"""Fidelity of a reconstructed sound to its original, for codecs."""

import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from v2meow_pipeline.encoders.waves import to_rate
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.metrics.evaluate import Columns
from v2meow_pipeline.parallel import parallel_map
from v2meow_pipeline.tokenizers.report import log_mel_correlation, mel_distance

# Sample rate of ViSQOL's audio mode.
VISQOL_HZ = 48000


def require_visqol() -> None:
    """Raises a ConfigError if ViSQOL is not installed."""
    if find_spec("visqol") is None:
        raise ConfigError(
            "The fidelity metrics need ViSQOL, which is not installed.", "pip install 'v2meow-pipeline[visqol]'"
        )


def fidelity_columns(
    systems: Mapping[str, Sequence[np.ndarray]], truth: Sequence[np.ndarray], sample_rate_hz: int, workers: int
) -> Columns:
    """Per-clip fidelity scores of reconstructed waves.

    Args:
        systems: name -> waves at `sample_rate_hz`, in the order of `truth`.
        truth: original waves of the same lengths.
        sample_rate_hz: sample rate in Hz.
        workers: number of processes.

    Returns:
        `fidelity_mel_distance`, `fidelity_log_mel_correlation` (both as in `tokenizers.report`), and `fidelity_visqol`:
        ViSQOL's MOS-LQO in audio mode, from 1 to about 4.7, higher is better; NaN for a silent clip.
    """
    pairs = [pair for waves in systems.values() for pair in zip(truth, waves, strict=True)]
    score = partial(_scores, sample_rate_hz=sample_rate_hz)
    found = iter(parallel_map(score, pairs, workers, "fidelity"))
    rows = {name: [next(found) for _ in waves] for name, waves in systems.items()}
    keys = ("fidelity_mel_distance", "fidelity_log_mel_correlation", "fidelity_visqol")
    return {key: {name: [row[index] for row in of] for name, of in rows.items()} for index, key in enumerate(keys)}


def _scores(pair: tuple[np.ndarray, np.ndarray], sample_rate_hz: int) -> tuple[float, float, float]:
    true, made = pair
    quality = float("nan")
    if np.any(true) and np.any(made):
        resampled = (to_rate(wave, sample_rate_hz, VISQOL_HZ).astype(np.float64) for wave in pair)
        quality = float(_visqol().measure_from_arrays(*resampled, VISQOL_HZ).moslqo)
    return mel_distance(true, made, sample_rate_hz), log_mel_correlation(true, made, sample_rate_hz), quality


@lru_cache(maxsize=1)
def _visqol() -> Any:
    """ViSQOL in audio mode, built once per process."""
    from visqol import VisqolApi

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api = VisqolApi()
        api.create(mode="audio")
    return api
