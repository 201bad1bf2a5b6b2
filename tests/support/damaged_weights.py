"""Copies of a model's folder whose weights are damaged."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from v2meow_pipeline.errors import V2MeowError

WEIGHTS = "model.safetensors"


def _largest(weights: dict[str, Tensor], part: str) -> str:
    return max((name for name in weights if part in name), key=lambda name: weights[name].numel())


def _damaged(folder: Path, target: Path, part: str) -> Iterator[tuple[Path, str]]:
    """Folders with a tensor missing, cut in half, or NaN, and a truncated file; each with a part of the message."""
    weights = load_file(folder / WEIGHTS)
    name = _largest(weights, part)
    changes = {
        "1 missing": {key: value for key, value in weights.items() if key != name},
        "1 of another shape": {**weights, name: weights[name][: len(weights[name]) // 2].clone()},
        "1 NaN or infinite": {**weights, name: torch.full_like(weights[name], torch.nan)},
    }
    for number, (told, changed) in enumerate(changes.items()):
        copy = Path(shutil.copytree(folder, target / str(number)))
        save_file(changed, copy / WEIGHTS, metadata={"format": "pt"})
        yield copy, told
    copy = Path(shutil.copytree(folder, target / "truncated"))
    (copy / WEIGHTS).write_bytes((copy / WEIGHTS).read_bytes()[:-100])
    yield copy, "no readable"


def check_damaged_weights_are_refused(
    load: Callable[[Path], object], folder: Path, tmp_path: Path, part: str = ""
) -> None:
    """Asserts that a loader refuses damaged weights in one line that says what is wrong.

    Args:
        load: loads the model of a folder.
        folder: folder of an undamaged model.
        tmp_path: empty folder for copies.
        part: part of the names of the tensors that are used.
    """
    for copy, told in _damaged(folder, tmp_path, part):
        with pytest.raises(V2MeowError, match=told) as caught:
            load(copy)
        assert len(str(caught.value).splitlines()) == 1
