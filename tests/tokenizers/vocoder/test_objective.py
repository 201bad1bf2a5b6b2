"""What the vocoder learns from."""

from collections.abc import Iterator

import pytest
import torch
from tests.support.simple_music import SMALL, music
from tests.support.small_vocoder import CONFIG, frames_of
from torch import Tensor

from v2meow_pipeline.networks.objective import NETWORK
from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.log_mel import magnitudes
from v2meow_pipeline.tokenizers.vocoder.objective import VocoderObjective


def _true_magnitudes(wave: Tensor) -> Tensor:
    return torch.from_numpy(magnitudes(wave.numpy(), len(wave) // 320, 1280, 320))


class OneBatch:
    """The same few crops each step."""

    fingerprint = "one"

    def __init__(self, codec: AcousticTokenizer) -> None:
        waves = [music(seed)[3_200 : 3_200 + 30 * 320] for seed in range(4)]
        levels = [1, 2, 4, 6]
        frames = [frames_of(codec, wave, n) for wave, n in zip(waves, levels, strict=True)]
        self.batch = {
            "wave": torch.stack([torch.from_numpy(wave) for wave in waves]),
            "log_mel": torch.cat(frames),
            "levels": torch.tensor(levels),
        }

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        return self.batch

    def validation(self) -> Iterator[dict[str, Tensor]]:
        yield self.batch


@pytest.fixture(scope="module")
def examples(codec: AcousticTokenizer) -> OneBatch:
    return OneBatch(codec)


def test_it_learns(examples: OneBatch) -> None:
    """Catches losses that do not move the network, or move it away from the sound."""
    torch.manual_seed(0)
    objective = VocoderObjective(CONFIG, SMALL)
    objective.prepare(examples)
    optimiser = torch.optim.AdamW(objective.optimizer_groups()[NETWORK], 3e-3)
    torch.manual_seed(1)
    before = objective.judge(examples.batch)
    for step in range(15):
        torch.manual_seed(step)
        loss = objective.loss(examples.batch, NETWORK).total
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    torch.manual_seed(1)
    after = objective.judge(examples.batch)
    assert after["loss"] < 0.93 * before["loss"]
    assert all(after[part] < before[part] for part in ("bins", "mel", "stft"))


def test_frames_are_measured_before_training(examples: OneBatch) -> None:
    """Catches inputs far from unit variance: log-mel frames lie around -3."""
    objective = VocoderObjective(CONFIG, SMALL)
    objective.prepare(examples)
    network, frames = objective.network, examples.batch["log_mel"].flatten(0, 1)
    scaled = (frames - network.mean) / network.spread
    assert scaled.mean().abs() < 1e-4
    assert scaled.std(dim=0).max() < 1.01


def test_magnitudes_of_the_truth_cost_nothing(examples: OneBatch) -> None:
    """Catches frames of target and network that are half a hop apart."""
    objective = VocoderObjective(CONFIG, SMALL)
    wave = examples.batch["wave"]
    codec_frames = torch.stack([_true_magnitudes(one) for one in wave])
    bands, bins = objective._magnitude_distances(codec_frames, wave)
    assert bands < 1e-3
    assert bins < 1e-2


def test_only_some_examples_become_sound(examples: OneBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an option that is ignored, at four times the cost of a step."""
    objective = VocoderObjective(CONFIG, SMALL)
    seen: list[int] = []
    monkeypatch.setattr(objective.mel, "forward", lambda made, wanted: seen.append(len(made)) or made.sum() * 0)
    objective.loss(examples.batch, NETWORK)
    objective.judge(examples.batch)
    assert seen == [CONFIG.wave_examples, 4]
