"""A trained MuLan behind the protocol."""

from pathlib import Path

import numpy as np
import pytest
import torch

from v2meow_pipeline.encoders.base import MusicTextEncoder
from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.encoder import KIND, Mulan
from v2meow_pipeline.encoders.mulan.objective import MulanObjective
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.networks.checkpointing import save_network

SEGMENT = 10_240


@pytest.fixture
def folder(tiny: MulanConfig, tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_network(tmp_path / "checkpoint", KIND, MulanObjective(tiny).network, tiny, "abc")
    return tmp_path / "checkpoint"


def waves(*lengths: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(scale=0.1, size=length).astype(np.float32) for length in lengths]


def test_it_fits_the_protocol_and_gives_unit_vectors(folder: Path) -> None:
    """Catches a width that is not the config's."""
    mulan = Mulan.load(folder)
    assert isinstance(mulan, MusicTextEncoder) and mulan.width == 8
    for rows in (mulan.embed_audio(waves(SEGMENT, 300), 16_000), mulan.embed_text(["calm", "wild"])):
        assert rows.shape == (2, 8) and rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert mulan.embed_audio([], 16_000).shape == mulan.embed_text([]).shape == (0, 8)


def test_a_long_wave_is_the_mean_of_its_segments(folder: Path) -> None:
    """Catches random crops, and a mean that is not normalised."""
    mulan = Mulan.load(folder)
    first, second = waves(SEGMENT, SEGMENT)
    mean = mulan.embed_audio([first, second], 16_000).mean(axis=0)
    together = mulan.embed_audio([np.concatenate([first, second])], 16_000)[0]
    np.testing.assert_allclose(together, mean / np.linalg.norm(mean), atol=1e-5)


def test_a_wave_is_the_same_among_others(folder: Path) -> None:
    """Catches segments that are given to another wave."""
    mulan = Mulan.load(folder)
    many = waves(3 * SEGMENT, 700, SEGMENT, 2 * SEGMENT + 9000)
    rows = mulan.embed_audio(many, 16_000)
    for row, wave in zip(rows, many, strict=True):
        np.testing.assert_allclose(mulan.embed_audio([wave], 16_000)[0], row, atol=1e-5)


def test_other_rates_are_resampled(folder: Path) -> None:
    """Catches a rate that is ignored."""
    from scipy.signal import resample_poly

    mulan = Mulan.load(folder)
    wave = resample_poly(waves(SEGMENT // 2)[0], 2, 1).astype(np.float32)
    again = resample_poly(wave, 3, 1).astype(np.float32)
    similar = mulan.embed_audio([wave], 16_000)[0] @ mulan.embed_audio([again], 48_000)[0]
    assert similar > 0.999


def test_the_fingerprint_covers_the_weights(folder: Path) -> None:
    """Catches vectors of one training that pass for those of another."""
    first = Mulan.load(folder)
    network = Mulan.load(folder)._network
    network.log_scale.data += 1
    assert Mulan(network, first._reader).fingerprint != first.fingerprint == Mulan.load(folder).fingerprint


def test_another_reader_of_texts_makes_it_stale(tiny: MulanConfig, tmp_path: Path) -> None:
    """Catches prompts in another vocabulary than that of the training."""
    network = MulanObjective(tiny).network
    network.sign("0123456789abcdef")
    save_network(tmp_path / "checkpoint", KIND, network, tiny, "abc")
    with pytest.raises(StaleError, match="another reader"):
        Mulan.load(tmp_path / "checkpoint")


def test_a_bare_string_is_refused(folder: Path) -> None:
    """Catches a prompt that is read letter by letter."""
    with pytest.raises(TypeError, match="list of strings"):
        Mulan.load(folder).embed_text("calm")
