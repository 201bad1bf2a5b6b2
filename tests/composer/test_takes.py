"""Several takes: scores that mean something, and the same music as alone."""

import numpy as np
import pytest
import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.takes import Take, beats_on_events, keep_best, likelihood_gain
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.transformer import TransformerConfig

RATE = 16_000
CLOCK = Clock(semantic_vocab=20, clip_s=2.0)


def clicks(period_s: float, offset_s: float) -> np.ndarray:
    wave = np.zeros(10 * RATE, np.float32)
    rng = np.random.default_rng(0)
    for time_s in np.arange(offset_s, 9.9, period_s):
        start = round(time_s * RATE)
        wave[start : start + 400] = rng.normal(0, 0.5, 400)
    return wave


def test_beats_on_events_tell_music_in_time_from_music_beside_it() -> None:
    events_s = np.arange(1.0, 9.5, 1.0)
    on, beside = (beats_on_events(clicks(0.5, offset), RATE, events_s) for offset in (0.5, 0.75))
    assert on > 0.4 > 0.0 > beside


def test_no_events_no_score() -> None:
    assert np.isnan(beats_on_events(clicks(0.5, 0.5), RATE, np.zeros(0)))
    assert np.isnan(beats_on_events(clicks(0.5, 0.5), RATE, np.array([11.0])))


def test_the_likelihood_gain_is_that_of_the_conditions() -> None:
    """Zero without conditions, and of a clip the same whatever its neighbours are."""
    torch.manual_seed(0)
    config = TransformerConfig(width=16, heads=2, head_width=8, feed_forward=32, encoder_layers=1, decoder_layers=1)
    model = StageModel(StageModelConfig(stage="semantic", features={"flow": 3}, clock=CLOCK, transformer=config)).eval()
    tokens = torch.randint(20, (3, 1, 50))
    conditions = {"flow": torch.randn(3, 2, 3)}
    gains = likelihood_gain(model, conditions, tokens)
    assert np.abs(gains).max() > 1e-4
    assert not likelihood_gain(model, {}, tokens).any()
    alone = likelihood_gain(model, {"flow": conditions["flow"][1:2]}, tokens[1:2])
    assert alone[0] == pytest.approx(gains[1], abs=1e-5)


def test_the_take_with_the_most_beats_on_events_is_kept() -> None:
    """Catches a likelihood that outweighs synchrony: events alone gave the better tempo (docs/log.md)."""
    scores = [(0.3, 0.0), (0.2, 0.5), (0.1, 0.4), (0.25, 0.45)]
    takes = [Take(seed, gain, on_events, 0.0) for seed, (gain, on_events) in enumerate(scores)]
    assert [take.seed for take in keep_best(takes) if take.kept] == [1]


@pytest.mark.parametrize("on_events", [0.5, float("nan")])
def test_silence_counts_against_a_take(on_events: float) -> None:
    """Catches a take that is silent for a third of the video, where another one is not."""
    takes = [Take(0, 0.3, on_events, 0.3), Take(1, 0.2, on_events - 0.1, 0.0)]
    assert [take.seed for take in keep_best(takes) if take.kept] == [1]


def test_without_events_the_likelihood_decides_and_equal_takes_keep_the_first() -> None:
    nothing = float("nan")
    assert [t.seed for t in keep_best([Take(0, 0.1, nothing, 0.0), Take(1, 0.2, nothing, 0.0)]) if t.kept] == [1]
    assert [t.seed for t in keep_best([Take(4, 0.1, 0.1, 0.0), Take(5, 0.1, 0.1, 0.0)]) if t.kept] == [4]
    assert Take(0, 0.1, nothing, 0.0).to_dict()["on_events"] is None
