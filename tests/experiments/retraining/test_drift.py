"""A stop before a model learns from other data than it was meant for."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.retraining.config import DriftConfig, RetrainConfig
from v2meow_pipeline.experiments.retraining.drift import DriftError, drift_table, plot_drift, stopped_by, to_markdown


def _traits(n: int, seed: int, genres: str = "abc", louder: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "genre": rng.choice(list(genres), n),
            "tempo_bpm": rng.normal(120, 20, n),
            "duration_s": np.full(n, 10.0),
            "brightness": rng.uniform(size=n),
            "colourfulness": rng.uniform(size=n),
            "loudness_lufs": rng.normal(-16 + louder, 2, n),
        }
    )


def test_more_of_the_same_passes(tmp_path: Path) -> None:
    """Catches a stop by chance, and durations that are all alike counting as drift."""
    table = drift_table(_traits(100, 0), _traits(12, 1), DriftConfig())
    stopped_by(table, tmp_path)
    assert table["trait"].tolist()[0] == "genre" and len(table) == 6
    assert table.set_index("trait").loc["duration_s", "distance"] == 0


def test_other_data_stop_the_round_until_a_person_accepts_them(tmp_path: Path) -> None:
    """Catches drift that is only reported, and a stop that nobody can lift."""
    old, new = _traits(100, 0), _traits(12, 1, genres="xyz", louder=12)
    table = drift_table(old, new, DriftConfig())
    with pytest.raises(DriftError, match=r"genre \(1\.00.*loudness_lufs") as stop:
        stopped_by(table, tmp_path)
    assert "retrain.drift.accepted: [genre, loudness_lufs]" in str(stop.value)
    stopped_by(drift_table(old, new, DriftConfig(accepted=("genre", "loudness_lufs"))), tmp_path)
    assert to_markdown(table).count("stops") == 2
    plot_drift(old, new, table, tmp_path / "drift.png")
    assert (tmp_path / "drift.png").stat().st_size > 10_000


def test_traits_that_nobody_knows_are_left_out() -> None:
    """Catches a crash on videos without a tempo."""
    silent = _traits(5, 2).assign(tempo_bpm=np.nan)
    assert "tempo_bpm" not in drift_table(_traits(20, 0), silent, DriftConfig())["trait"].tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        {"drift": {"accepted": ["colour"]}},
        {"train": {"warm_start": "semantic"}},
        {"verdict": {"metric": "silent_share"}},
        {"verdict": {"margins": {"beauty": 1}}},
    ],
)
def test_parameters_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    """Catches a misspelt trait or metric that would only be noticed after hours of training."""
    with pytest.raises(ConfigError):
        RetrainConfig.parse(wrong)
