"""Published weights, in both layouts, with random values."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from v2meow_pipeline.encoders.i3d.config import PUBLISHED
from v2meow_pipeline.encoders.i3d.network import I3d
from v2meow_pipeline.encoders.i3d.published import load_published
from v2meow_pipeline.errors import V2MeowError

# Layers of flow_imagenet.pt: name, input channels, output channels, kernel; written down from the publication, not
# from our network.
UNITS = [("Conv3d_1a_7x7", 2, 64, 7), ("Conv3d_2b_1x1", 64, 64, 1), ("Conv3d_2c_3x3", 64, 192, 3)]
BLOCKS = [
    ("Mixed_3b", 192, (64, 96, 128, 16, 32, 32)),
    ("Mixed_3c", 256, (128, 128, 192, 32, 96, 64)),
    ("Mixed_4b", 480, (192, 96, 208, 16, 48, 64)),
    ("Mixed_4c", 512, (160, 112, 224, 24, 64, 64)),
    ("Mixed_4d", 512, (128, 128, 256, 24, 64, 64)),
    ("Mixed_4e", 512, (112, 144, 288, 32, 64, 64)),
    ("Mixed_4f", 528, (256, 160, 320, 32, 128, 128)),
    ("Mixed_5b", 832, (256, 160, 320, 32, 128, 128)),
    ("Mixed_5c", 832, (384, 192, 384, 48, 128, 128)),
]
# Of model_flow.pth.
ALTERNATIVE_STAGES = [
    (".b0.", ".branch_0."),
    (".b1a.", ".branch_1.0."),
    (".b1b.", ".branch_1.1."),
    (".b2a.", ".branch_2.0."),
    (".b2b.", ".branch_2.1."),
    (".b3b.", ".branch_3.1."),
    (".bn.", ".batch3d."),
    ("Conv3d_", "conv3d_"),
    ("Mixed_", "mixed_"),
    ("logits.", "conv3d_0c_1x1."),
]


def published_state(classes: int = 400) -> dict[str, Tensor]:
    """What `flow_imagenet.pt` holds; like it, without the counters of later versions of PyTorch."""
    units = list(UNITS)
    for name, channels, (b0, b1a, b1b, b2a, b2b, b3b) in BLOCKS:
        branches = [("b0", channels, b0, 1), ("b1a", channels, b1a, 1), ("b1b", b1a, b1b, 3), ("b2a", channels, b2a, 1)]
        branches += [("b2b", b2a, b2b, 3), ("b3b", channels, b3b, 1)]
        units += [(f"{name}.{branch}", *sizes) for branch, *sizes in branches]
    random = torch.Generator().manual_seed(0)
    state = {}
    for name, channels, out, kernel in units:
        state[f"{name}.conv3d.weight"] = torch.randn(out, channels, kernel, kernel, kernel, generator=random)
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"{name}.bn.{part}"] = torch.rand(out, generator=random)
    state["logits.conv3d.weight"] = torch.randn(classes, 1024, 1, 1, 1, generator=random)
    state["logits.conv3d.bias"] = torch.randn(classes, generator=random)
    return state


def renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same in the layout of `model_flow.pth`."""
    out = {}
    for name, value in state.items():
        for ours, theirs in ALTERNATIVE_STAGES:
            name = name.replace(ours, theirs)
        out[name] = value
    return out


def saved(folder: Path, state: object, name: str = "flow_imagenet.pt") -> Path:
    torch.save(state, folder / name)
    return folder / name


def test_every_published_tensor_arrives(tmp_path: Path) -> None:
    """Catches a layer left with random weights, which no error would tell."""
    state = published_state()
    parameters = [name for name in state if "running" not in name]
    assert sum(state[name].numel() for name in parameters) == 12_675_312
    loaded = load_published(saved(tmp_path, state))
    assert isinstance(loaded, I3d) and not loaded.training
    ours = loaded.state_dict()
    for name, value in state.items():
        if not name.startswith("logits."):
            torch.testing.assert_close(ours[name], value)
    assert len(state) - 2 == sum("num_batches" not in name and name != "flow_fps" for name in ours)


def test_both_layouts_give_the_same_network(tmp_path: Path) -> None:
    """Catches two branches swapped in the second layout; Charades has 157 classes."""
    state = published_state(classes=157)
    first = load_published(saved(tmp_path, state)).state_dict()
    second = load_published(saved(tmp_path, renamed(state), "model_flow.pth")).state_dict()
    for name, value in first.items():
        torch.testing.assert_close(second[name], value)


def test_counters_of_later_versions_are_accepted(tmp_path: Path) -> None:
    """Catches a refusal of the same weights saved again by a newer PyTorch."""
    network = I3d(PUBLISHED.network)
    state = {name: value for name, value in network.state_dict().items() if name != "flow_fps"}
    assert "Mixed_3b.b0.bn.num_batches_tracked" in state
    load_published(saved(tmp_path, state))


def test_a_wrong_layout_is_refused_and_named(tmp_path: Path) -> None:
    """Catches silent loading of the RGB stream, of half a network, or of another one."""
    state = published_state()
    state["Conv3d_1a_7x7.conv3d.weight"] = torch.zeros(64, 3, 7, 7, 7)
    del state["Mixed_4c.b1a.bn.bias"]
    state["head.weight"] = torch.zeros(1)
    with pytest.raises(V2MeowError) as error:
        load_published(saved(tmp_path, state))
    for part in (
        "1 missing (Mixed_4c.b1a.bn.bias)",
        "1 unknown (head.weight)",
        "Conv3d_1a_7x7.conv3d.weight [64, 3, 7, 7, 7], not [64, 2, 7, 7, 7]",
        "flow_imagenet.pt",
    ):
        assert part in str(error.value)


class Harmful:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("1 / 0",)


def test_nothing_else_is_unpickled(tmp_path: Path) -> None:
    """Catches code of a stranger that runs with the weights."""
    for content in ({"weight": Harmful()}, ["no dict"], {"epoch": 3}):
        with pytest.raises(V2MeowError, match=r"flow_imagenet\.pt holds no"):
            load_published(saved(tmp_path, content))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"version https://git-lfs.github.com/spec/v1\n"])
def test_a_damaged_file_or_a_pointer_to_it_is_refused(tmp_path: Path, content: bytes) -> None:
    """Catches a traceback where a download broke off."""
    (tmp_path / "flow_imagenet.pt").write_bytes(content)
    with pytest.raises(V2MeowError, match="holds no readable weights"):
        load_published(tmp_path / "flow_imagenet.pt")
