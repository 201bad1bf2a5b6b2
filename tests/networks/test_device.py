"""Networks that only answer: where they run, and that it makes no difference."""

import pytest
import torch
from torch import Tensor, nn

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.device import DEVICE_VARIABLE, best_device, device_of, freeze, infer


class Ears(nn.Module):
    """A convolution, as an encoder has them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Conv1d(16, 32, 9)

    def forward(self, sound: Tensor) -> Tensor:
        return self.layer(sound)

    def louder(self, sound: Tensor, gain: float) -> Tensor:
        return self(sound * gain)


def test_the_variable_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a person who asks for the CPU and gets the GPU all the same."""
    monkeypatch.setenv(DEVICE_VARIABLE, "cpu")
    assert best_device() == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda:99", "a toaster"])
def test_a_device_that_is_not_there_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a traceback out of torch, or music that is made on another device than was asked for."""
    monkeypatch.setenv(DEVICE_VARIABLE, name)
    with pytest.raises(ConfigError, match=name):
        best_device()


def test_answers_lie_on_the_cpu_and_know_no_gradient() -> None:
    """Catches an encoder whose answers cannot become arrays, or that keeps a graph of every clip."""
    network = freeze(Ears())
    sound = torch.randn(2, 16, 64)
    answer = infer(network, network.louder, sound, 2.0)
    assert answer.device.type == "cpu" and answer.is_inference() and not network.training
    assert not any(p.requires_grad for p in network.parameters())
    assert torch.allclose(answer, infer(network, network, sound * 2.0), atol=1e-6)


@pytest.mark.gpu
def test_the_gpu_answers_as_the_cpu_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches convolutions of ten bits (TF32), torch's default on GPUs: tokens of clips would flip."""
    sound = torch.randn(2, 16, 4096)
    there = freeze(Ears())
    assert device_of(there).type == "cuda"
    answer = infer(there, there, sound)
    monkeypatch.setenv(DEVICE_VARIABLE, "cpu")
    here = freeze(Ears())
    assert torch.allclose(answer, infer(here, here, sound), atol=2e-5)
