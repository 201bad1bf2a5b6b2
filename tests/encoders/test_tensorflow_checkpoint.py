"""The checkpoint reader refuses what it does not understand."""

from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.encoders.tensorflow_checkpoint import read_tensors
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.networks.weights import wheel_file


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    index = wheel_file("musicnn", "MTT_musicnn/.index", "musicnn")
    copies = tmp_path / "index", tmp_path / "data"
    copies[0].write_bytes(index.read_bytes())
    copies[1].write_bytes(index.with_name(".data-00000-of-00001").read_bytes())
    return copies


def test_every_byte_of_the_data_belongs_to_one_tensor(files: tuple[Path, Path]) -> None:
    """A misread shape or offset would leave gaps or overlaps."""
    tensors = read_tensors(*files)
    assert sum(array.nbytes for array in tensors.values()) == files[1].stat().st_size
    assert tensors["conv2d/kernel"].shape == (7, 38, 1, 204) and tensors["conv2d/kernel"].dtype == np.float32


def test_optimiser_slots_are_left_out(files: tuple[Path, Path]) -> None:
    tensors = read_tensors(*files, suffix_skipped=("/Adam", "/Adam_1", "_power"))
    assert tensors and not any("Adam" in name for name in tensors)
    assert all((array >= 0).all() for name, array in tensors.items() if name.endswith("moving_variance"))


@pytest.mark.parametrize("keep", [0, 47, 1000, -1])
def test_a_truncated_index_is_an_error_with_a_remedy(files: tuple[Path, Path], keep: int) -> None:
    files[0].write_bytes(files[0].read_bytes()[:keep])
    with pytest.raises(V2MeowError, match=r"no readable TensorFlow checkpoint.*Install"):
        read_tensors(*files)


def test_truncated_data_is_an_error_and_not_a_short_tensor(files: tuple[Path, Path]) -> None:
    files[1].write_bytes(files[1].read_bytes()[:-10])
    with pytest.raises(V2MeowError, match="no readable TensorFlow checkpoint"):
        read_tensors(*files)
