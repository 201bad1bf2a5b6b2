"""VGGish's published weights, with random values."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from tests.support.vggish_weights import vggish_state, write_vggish

from v2meow_pipeline.encoders.vggish.published import FILES, load_published, published_file
from v2meow_pipeline.errors import MissingModelError, V2MeowError


def test_missing_weights_name_the_file_the_folder_and_the_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catches an error that leaves a person searching for what to download and where to put it."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        published_file()
    for part in (str(tmp_path / "vggish"), *FILES, "harritaylor/torchvggish", "289 MB", "V2MEOW_MODELS", "judges"):
        assert part in str(error.value)


@pytest.mark.parametrize("zipped", [False, True])
def test_every_published_tensor_arrives(tmp_path: Path, zipped: bool) -> None:
    """Catches a layer left with random weights, a PCA that is taken for a layer, and files of PyTorch before 1.6."""
    state = vggish_state()
    file = state | {"pproc.pca_means": torch.zeros(128, 1)}
    torch.save(file, tmp_path / FILES[1], _use_new_zipfile_serialization=zipped)
    network = load_published(published_file(tmp_path))
    assert not network.training
    loaded = network.state_dict()
    assert loaded.keys() == state.keys()
    for name, value in state.items():
        assert torch.equal(loaded[name], value) and loaded[name].device.type == "cpu"


def test_safetensors_come_first(tmp_path: Path) -> None:
    """Catches a fingerprint of one file for the weights of the other."""
    write_vggish(tmp_path)
    assert published_file(tmp_path).name == "vggish-10086976.pth"
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert published_file(tmp_path).name == "model.safetensors"


def test_another_network_is_refused_and_named(tmp_path: Path) -> None:
    """Catches weights of the 11-layer VGG for pictures, whose names are alike."""
    state = vggish_state()
    state["features.0.weight"] = torch.zeros(64, 3, 3, 3)
    state["classifier.6.bias"] = torch.zeros(1)
    torch.save(state, tmp_path / FILES[1])
    with pytest.raises(V2MeowError, match=r"no VGGish.*classifier\.6\.bias.*\[64, 3, 3, 3\], not \[64, 1, 3, 3\]"):
        load_published(published_file(tmp_path))


@pytest.mark.slow
def test_full_sized_safetensors_of_half_precision_are_read(tmp_path: Path) -> None:
    """Catches weights that stay in half precision, which the CPU adds up badly."""
    state = {name: value.half().contiguous() for name, value in vggish_state(light=False).items()}
    save_file(state, tmp_path / FILES[0])
    loaded = load_published(published_file(tmp_path)).state_dict()
    (tmp_path / FILES[0]).unlink()
    for name, value in state.items():
        assert loaded[name].dtype == torch.float32 and torch.equal(loaded[name], value.float())
