"""MuLan learns which sound belongs to which text."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.objective import MulanObjective
from v2meow_pipeline.encoders.mulan.text import build_reader

PITCHES = {"a low drum": 110.0, "a warm cello": 440.0, "a bright flute": 1760.0, "a shrill whistle": 5000.0}


class Tones:
    """Sines whose pitch their caption names, never the same noise twice."""

    fingerprint = "tones"

    def __init__(self, config: MulanConfig) -> None:
        self._samples = config.sound.segment_samples
        self._texts = torch.from_numpy(build_reader(config.text).encode(list(PITCHES)))

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        rng = np.random.default_rng(step)
        caption = torch.arange(8) % len(PITCHES)
        hz = np.array(list(PITCHES.values()))[caption.numpy()] * rng.uniform(0.9, 1.1, 8)
        wave = 0.3 * np.sin(2 * np.pi * hz[:, None] * np.arange(self._samples) / 16_000)
        wave = wave + 0.01 * rng.normal(size=wave.shape)
        return {"wave": torch.from_numpy(wave).float(), "text": self._texts[caption], "caption": caption}

    def validation(self) -> Iterator[dict[str, Tensor]]:
        yield self.train(-1 % 10_000)


def test_it_learns(tiny: MulanConfig) -> None:
    """Catches a gradient that does not reach a tower, and captions paired with other sounds."""
    torch.manual_seed(0)
    objective, tones = MulanObjective(tiny), Tones(tiny)
    objective.prepare(tones)
    optimizer = torch.optim.AdamW(objective.parameters(), lr=1e-2)
    before = objective.eval().judge(next(tones.validation()))["loss"]
    objective.train()
    for step in range(60):
        loss = objective.loss(tones.train(step), "network").total
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    figures = objective.eval().judge(next(tones.validation()))
    assert figures["loss"] < 0.3 * before
    assert figures["recall_at_1"] == 1 and figures["matched_cosine"] > figures["shuffled_cosine"] + 0.5


def test_every_weight_takes_part(tiny: MulanConfig) -> None:
    """Catches a part that is built and never used."""
    objective = MulanObjective(tiny)
    objective.loss(Tones(tiny).train(0), "network").total.backward()
    idle = [name for name, weight in objective.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert idle == []


def test_preparing_standardises_the_spectrogram(tiny_own: MulanConfig) -> None:
    """Catches statistics that are never taken."""
    objective = MulanObjective(tiny_own)
    objective.prepare(Tones(tiny_own))
    assert objective.network.sound.deviation.max() > 1.5


def test_the_temperature_stays_within_its_bounds(tiny_own: MulanConfig) -> None:
    """Catches a scale that runs away."""
    objective = MulanObjective(tiny_own)
    assert objective.network.scale.item() == pytest.approx(1 / 0.07)
    objective.network.log_scale.data.fill_(20.0)
    assert objective.network.scale.item() == pytest.approx(100.0)
