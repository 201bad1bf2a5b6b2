"""Models that a stranger has changed: one line each, whatever was changed."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from v2meow_pipeline.checkpoint import CONFIG_NAME, HASH, WEIGHTS_NAME
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer import Bundle
from v2meow_pipeline.encoders.music_text_loading import load_music_text
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.tokenizers.semantic import SemanticTokenizer

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")
PARTS = (
    "semantic/checkpoint",
    "coarse/checkpoint",
    "fine/checkpoint",
    "acoustic_tokenizer",
    "semantic_tokenizer",
    "music_text",
)
Weights = dict[str, np.ndarray]


def first(weights: Weights) -> str:
    """The largest tensor of numbers that are not whole."""
    return max((n for n, v in weights.items() if v.dtype.kind == "f"), key=lambda name: weights[name].size)


def changed(weights: Weights, change: Callable[[np.ndarray], np.ndarray]) -> Weights:
    name = first(weights)
    return {**weights, name: np.ascontiguousarray(change(weights[name]))}


def with_nan(values: np.ndarray) -> np.ndarray:
    flat = values.copy().ravel()
    flat[len(flat) // 2] = np.nan
    return flat.reshape(values.shape)


WEIGHTS: dict[str, Callable[[Weights], Weights]] = {
    "missing": lambda weights: {name: value for name, value in weights.items() if name != first(weights)},
    "further": lambda weights: {**weights, "further": np.zeros(3, np.float32)},
    "none": lambda weights: {},
    "shorter": lambda weights: changed(weights, lambda value: value[: len(value) // 2]),
    "flat": lambda weights: changed(weights, lambda value: value.ravel()),
    "nan": lambda weights: changed(weights, with_nan),
    "infinite": lambda weights: changed(weights, lambda value: np.full_like(value, np.inf)),
    "whole numbers": lambda weights: changed(weights, lambda value: value.astype(np.int64)),
}
CONFIGS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a list": lambda config: [config],
    "a number": lambda config: 5,
    "empty": lambda config: {},
    "no fingerprint": lambda config: {k: v for k, v in config.items() if k != "fingerprint"},
    "clock in words": lambda config: {**config, "clock": "fast"},
    "kind of another": lambda config: {**config, "kind": "vocoder"},
    "kind as a list": lambda config: {**config, "kind": ["stage"]},
    "made with in words": lambda config: {**config, "made_with": "love", "kind": 1},
    **{
        f"{name} {value!r}": lambda config, name=name, value=value: (
            {**config, name: value} if name in config else {**config, "fingerprint": 7}
        )
        for name in ("model", "tokenizer", "config")
        for value in ("text", [], {"bands": -1, "width": "x"})
    },
}


@pytest.fixture
def models(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained / "data/test/06_models", tmp_path / "models")
    return tmp_path / "models"


def load_all(models: Path) -> None:
    """Everything that generation, with a prompt, and evaluation read."""
    bundle = Bundle.load(models)
    load_music_text(models / "music_text")
    SemanticTokenizer.load(models / "semantic_tokenizer", bundle.clock)


def kept(folder: Path) -> Iterator[None]:
    """Puts a checkpoint back after the block."""
    files = {path: path.read_bytes() for path in (folder / CONFIG_NAME, folder / WEIGHTS_NAME)}
    yield
    for path, data in files.items():
        path.write_bytes(data)


@pytest.mark.parametrize("part", PARTS)
def test_changed_weights_are_refused_though_their_hash_fits(models: Path, part: str) -> None:
    """Catches noise, silence and tracebacks from weights that are not what the config says."""
    folder = models / part
    load_all(models)
    for name, change in WEIGHTS.items():
        for _ in kept(folder):
            save_file(change(load_file(folder / WEIGHTS_NAME)), folder / WEIGHTS_NAME)
            config = json.loads((folder / CONFIG_NAME).read_text())
            config[HASH] = hashlib.sha256((folder / WEIGHTS_NAME).read_bytes()).hexdigest()
            (folder / CONFIG_NAME).write_text(json.dumps(config))
            with pytest.raises(V2MeowError) as caught:
                load_all(models)
            assert len(str(caught.value).splitlines()) == 1, name


@pytest.mark.parametrize("part", PARTS)
def test_changed_configs_are_refused(models: Path, part: str) -> None:
    """Catches a KeyError for a config that lacks something, and an AttributeError for one that is not a table."""
    folder = models / part
    for name, change in CONFIGS.items():
        for _ in kept(folder):
            config = json.loads((folder / CONFIG_NAME).read_text())
            (folder / CONFIG_NAME).write_text(json.dumps(change(config)))
            with pytest.raises(V2MeowError) as caught:
                load_all(models)
            assert len(str(caught.value).splitlines()) == 1, name


def test_a_flipped_bit_is_found(models: Path) -> None:
    """Catches weights that were damaged on the way."""
    path = models / PARTS[0] / WEIGHTS_NAME
    data = bytearray(path.read_bytes())
    data[-5] ^= 4
    path.write_bytes(data)
    with pytest.raises(V2MeowError, match="do not match the hash in its config"):
        load_all(models)


def test_the_clock_is_taken_from_the_models_and_checked(models: Path) -> None:
    """Catches rates that make no sense and reach a division."""
    folder = models / "semantic/checkpoint"
    config = json.loads((folder / CONFIG_NAME).read_text())
    config["model"]["clock"] = {**config["model"]["clock"], "sample_rate_hz": 0}
    (folder / CONFIG_NAME).write_text(json.dumps(config))
    with pytest.raises(V2MeowError):
        load_all(models)
    assert Clock().sample_rate_hz
