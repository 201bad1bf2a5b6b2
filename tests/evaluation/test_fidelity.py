"""Sound beside the sound that it was made from."""

import numpy as np
import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation import fidelity
from v2meow_pipeline.evaluation.audio_sets import AudioSet
from v2meow_pipeline.evaluation.fidelity import fidelity_columns
from v2meow_pipeline.metrics.controls import click_track

RATE = 16000


@pytest.fixture
def _visqol() -> None:
    pytest.importorskip("visqol", reason="ViSQOL is an extra: pip install -c constraints.txt '.[visqol]'")


@pytest.mark.usefixtures("_visqol")
def test_a_better_copy_scores_better_by_every_measure() -> None:
    """Catches scores that were taken against the wrong clip, or resampled to the wrong rate."""
    noise = np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32)
    truth = [click_track(120, 4 * RATE, RATE) + 0.02 * noise, np.zeros(4 * RATE, np.float32)]
    systems = {
        "itself": truth,
        "near": [truth[0] + 0.002 * noise[::-1], truth[1]],
        "far": [truth[0] + 0.1 * noise[::-1], truth[1]],
    }
    audio = {name: AudioSet.of_waves(["a", "b"], waves) for name, waves in systems.items()}
    columns = fidelity_columns(audio, audio["itself"], RATE, workers=1)
    distance, correlation, quality = (
        [columns[f"fidelity_{name}"][system][0] for system in systems]
        for name in ("mel_distance", "log_mel_correlation", "visqol")
    )
    assert distance[0] == 0 < distance[1] < distance[2]
    assert correlation[0] == pytest.approx(1) and correlation[0] > correlation[1] > correlation[2]
    assert quality[0] > 4.5 and quality[0] > quality[1] > quality[2] > 1
    assert np.isnan(columns["fidelity_visqol"]["itself"][1])


def test_without_visqol_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an ImportError after minutes of listening."""
    monkeypatch.setattr(fidelity, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"\[visqol\]"):
        fidelity.require_visqol()
