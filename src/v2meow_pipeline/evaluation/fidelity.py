"""Fidelity of a reconstructed sound to its original, for codecs."""

import warnings
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from v2meow_pipeline.encoders.waves import to_rate
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.audio_sets import AudioSet, Systems
from v2meow_pipeline.metrics.by_clip import Columns
from v2meow_pipeline.parallel import parallel_map
from v2meow_pipeline.tokenizers.report import log_mel_correlation, mel_distance

# Sample rate of ViSQOL's audio mode.
VISQOL_HZ = 48000


def require_visqol() -> None:
    """Raises a ConfigError if ViSQOL is not installed."""
    if find_spec("visqol") is None:
        raise ConfigError(
            "The fidelity metrics need ViSQOL, which is not installed.",
            "Install it, in the clone: pip install -c constraints.txt -e '.[visqol]'",
        )


def fidelity_columns(systems: Systems, truth: AudioSet, sample_rate_hz: int, workers: int) -> Columns:
    """Per-clip fidelity scores of reconstructed waves.

    Args:
        systems: name -> audio at `sample_rate_hz`.
        truth: original audio of the same clips and lengths.
        sample_rate_hz: sample rate in Hz.
        workers: number of processes.

    Returns:
        `fidelity_mel_distance`, `fidelity_log_mel_correlation` (both as in `tokenizers.report`), and `fidelity_visqol`:
        ViSQOL's MOS-LQO in audio mode, from 1 to about 4.7, higher is better; NaN for a silent clip.
    """
    pairs = (pair for audio in systems.values() for pair in zip(truth.waves(), audio.waves(), strict=True))
    score, total = partial(_scores, sample_rate_hz=sample_rate_hz), sum(map(len, systems.values()))
    found = iter(list(parallel_map(score, pairs, workers, "fidelity", total)))
    rows = {name: [next(found) for _ in audio.clips] for name, audio in systems.items()}
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
