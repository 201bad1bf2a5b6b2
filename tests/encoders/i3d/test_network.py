"""The network: the original's layers, and TensorFlow's padding."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from v2meow_pipeline.encoders.i3d.config import I3dConfig
from v2meow_pipeline.encoders.i3d.network import EPSILON, MIXED, I3d, Mixed, SamePool, Unit, same


@pytest.fixture(scope="module")
def small() -> I3d:
    torch.manual_seed(0)
    return I3d(I3dConfig(width=0.0625)).eval()


def with_random_norms(network: nn.Module) -> None:
    """Batch norms that do something, as after training."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            assert module.running_mean is not None and module.running_var is not None
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)


def test_the_original_has_its_number_of_parameters() -> None:
    """Catches a block dropped, or a layer with other channels; 12,675,312 with 400 classes, for two input channels."""
    network = I3d(I3dConfig())
    assert network.width == 1024 and len(MIXED) == 9
    assert [block.out_channels for block in network.children() if isinstance(block, Mixed)] == [
        256, 480, 512, 512, 512, 528, 832, 832, 1024,
    ]  # fmt: skip
    assert sum(p.numel() for p in network.parameters()) == 12_265_312 == 12_675_312 - 400 * (1024 + 1)


def test_layers_stand_in_the_order_of_the_original(small: I3d) -> None:
    """Catches a pool on the wrong side of its block."""
    names = (
        "Conv3d_1a_7x7 MaxPool3d_2a_3x3 Conv3d_2b_1x1 Conv3d_2c_3x3 MaxPool3d_3a_3x3 Mixed_3b Mixed_3c "
        "MaxPool3d_4a_3x3 Mixed_4b Mixed_4c Mixed_4d Mixed_4e Mixed_4f MaxPool3d_5a_2x2 Mixed_5b Mixed_5c"
    )
    assert " ".join(name for name, _ in small.named_children()) == names


def test_the_original_halves_a_picture_five_times_and_time_three_times(small: I3d) -> None:
    """Catches a stride in the wrong direction: 64 frames of 224 px are 8 steps of 7 x 7 (figure 3)."""
    with torch.inference_mode():
        assert small(torch.zeros(1, 2, 64, 224, 224)).shape == (1, 64, 8, 7, 7)
        assert small(torch.zeros(1, 2, 33, 50, 31)).shape == (1, 64, 5, 2, 1)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "before", "after"),
    [(224, 7, 2, 2, 3), (112, 3, 2, 0, 1), (7, 3, 2, 1, 1), (7, 2, 2, 0, 1), (8, 2, 2, 0, 0), (5, 3, 1, 1, 1)],
)
def test_padding_is_tensorflows(size: int, kernel: int, stride: int, before: int, after: int) -> None:
    """Catches symmetric padding, which shifts every map; the numbers are of TensorFlow's formula, by hand."""
    padded = same(torch.ones(1, 1, size, 1, 1), (kernel, 1, 1), (stride, 1, 1))[0, 0, :, 0, 0]
    assert padded.tolist() == [0.0] * before + [1.0] * size + [0.0] * after


def padded_by_hand(x: Tensor, kernel: int) -> Tensor:
    """Zeros all around for an odd kernel that does not stride, written into a larger tensor."""
    margin = kernel // 2
    larger = torch.zeros(*x.shape[:2], *(size + 2 * margin for size in x.shape[2:]))
    larger[:, :, margin : x.shape[2] + margin, margin : x.shape[3] + margin, margin : x.shape[4] + margin] = x
    return larger


def test_a_block_equals_one_written_out() -> None:
    """Catches a branch fed from the wrong layer, a wrong epsilon, or branches out of order."""
    torch.manual_seed(0)
    block = Mixed(24, [8, 12, 16, 4, 6, 5]).eval()
    with_random_norms(block)
    state = block.state_dict()
    x = torch.rand(2, 24, 5, 6, 7)

    def unit(name: str, y: Tensor) -> Tensor:
        weight = state[f"{name}.conv3d.weight"].double()
        windows = padded_by_hand(y, weight.shape[-1]).double()
        for axis in (2, 3, 4):
            windows = windows.unfold(axis, weight.shape[-1], 1)
        y = torch.einsum("bcthwijk,ocijk->bothw", windows, weight)
        mean, var, gain, bias = (
            state[f"{name}.bn.{part}"].double()[:, None, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        return ((y - mean) / (var + 0.001).sqrt() * gain + bias).clamp(min=0).float()

    windows = padded_by_hand(x, 3).unfold(2, 3, 1).unfold(3, 3, 1).unfold(4, 3, 1)
    pooled = windows.flatten(5).max(dim=-1).values
    expected = torch.cat(
        [unit("b0", x), unit("b1b", unit("b1a", x)), unit("b2b", unit("b2a", x)), unit("b3b", pooled)], dim=1
    )
    with torch.inference_mode():
        torch.testing.assert_close(block(x), expected, atol=1e-5, rtol=1e-4)
    assert EPSILON == 1e-3


def test_a_strided_layer_equals_one_padded_by_hand() -> None:
    """Catches the odd zero at the start in place of the end."""
    torch.manual_seed(0)
    unit, pool = Unit(2, 3, 7, 2).eval(), SamePool((3, 3, 3), (2, 2, 2))
    x = torch.rand(1, 2, 8, 8, 8)
    with torch.inference_mode():
        convolved = F.conv3d(F.pad(x, (2, 3) * 3), unit.conv3d.weight, stride=2) / (1 + EPSILON) ** 0.5
        torch.testing.assert_close(unit(x), convolved.clamp(min=0))
        torch.testing.assert_close(pool(x), F.max_pool3d(F.pad(x, (0, 1) * 3), 3, 2))


def test_features_are_means_over_the_picture_and_the_steps_of_a_second(small: I3d) -> None:
    """Catches a maximum, or seconds out of order: 240 frames are 30 steps, three a second."""
    flow = torch.rand(1, 2, 240, 32, 32) * 2 - 1
    with torch.inference_mode():
        maps, features = small(flow), small.features(flow, 10)
    torch.testing.assert_close(features, maps.mean(dim=(3, 4)).view(1, 64, 10, 3).mean(dim=-1).transpose(1, 2))


def test_features_do_not_depend_on_neighbours_in_the_batch(small: I3d) -> None:
    """Catches batch norms left in training mode."""
    flow = torch.rand(3, 2, 48, 32, 32) * 2 - 1
    with torch.inference_mode():
        torch.testing.assert_close(small.features(flow, 2)[1:2], small.features(flow[1:2], 2), atol=1e-6, rtol=1e-4)


def test_a_step_sees_two_seconds_on_either_side() -> None:
    """Catches a lost temporal kernel: features would know no tempo. 99 frames by the kernels and strides."""
    network = I3d(I3dConfig(width=0.0625)).double().train()
    flow = torch.rand(1, 2, 160, 8, 8, dtype=torch.float64, requires_grad=True)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.eval()
            nn.init.constant_(module.bias, 1.0)
    network(flow)[:, :, 10].sum().backward()
    assert flow.grad is not None
    seen = flow.grad.abs().sum(dim=(0, 1, 3, 4)).nonzero()[:, 0]
    assert 80 <= int(seen.max() - seen.min()) + 1 <= 99 and seen.min() < 80 < seen.max()
