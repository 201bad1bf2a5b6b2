"""The adapter for EnCodec, on tiny ones with random weights: at the paper's rates and at the published ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.support.damaged_weights import check_damaged_weights_are_refused

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.encodec import EncodecCodec
from v2meow_pipeline.tokenizers.registry import load_codec

LEVELS = {"acoustic_vocab": 16, "acoustic_levels": 3, "coarse_levels": 1}
CLOCKS = {
    16_000: Clock(**LEVELS),
    24_000: Clock(**LEVELS, sample_rate_hz=24_000, acoustic_hz=75),
}


def save_encodec(folder: Path, rate: int, **changed: Any) -> Path:
    from transformers import EncodecConfig, EncodecModel

    bits = 4 * CLOCKS[rate].acoustic_hz / 1000
    sizes = {"hidden_size": 8, "num_filters": 2, "num_lstm_layers": 1, "codebook_size": 16}
    config = EncodecConfig(sampling_rate=rate, target_bandwidths=[3 * bits, 5 * bits], **sizes, **changed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = EncodecModel(config)
        for level in network.quantizer.layers:
            level.codebook.embed.normal_()
        network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=list(CLOCKS))
def rate(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, rate: int) -> Path:
    return save_encodec(tmp_path_factory.mktemp("models") / "encodec_24khz", rate)


@pytest.fixture
def wave() -> np.ndarray:
    return (0.3 * np.random.default_rng(0).standard_normal(20 * 320)).astype(np.float32)


def test_numbers_equal_those_of_transformers(folder: Path, rate: int, wave: np.ndarray) -> None:
    """Catches a bit rate that is a level short, swapped axes, or a lost end."""
    from transformers import EncodecModel

    network, codec = EncodecModel.from_pretrained(folder).eval(), EncodecCodec(CLOCKS[rate], folder)
    with torch.inference_mode():
        most = network.config.target_bandwidths[-1]
        codes = network.encode(torch.from_numpy(wave)[None, None], bandwidth=most).audio_codes[:, :, :3]
        sound = network.decode(codes, [None]).audio_values[0, 0].clamp(-1, 1)
    assert isinstance(codec, Codec)
    assert np.array_equal(codec.encode(wave), codes[0, 0].numpy())
    np.testing.assert_allclose(codec.decode(codec.encode(wave)), sound.numpy(), atol=1e-5)


def test_lengths_are_the_clocks(folder: Path, rate: int, wave: np.ndarray) -> None:
    """Catches sound that is not a whole number of frames."""
    codec = EncodecCodec(CLOCKS[rate], folder)
    for samples, frames in ((0, 0), (5 * 320 + 3, 5), (6 * 320 - 3, 6)):
        codes = codec.encode(wave[:samples])
        assert (codes.shape, codes.dtype) == ((3, frames), np.int16)
        assert codec.decode(codes[:1]).shape == (frames * 320,)


def test_rates_other_than_the_clocks_are_refused_with_both_values(folder: Path, rate: int) -> None:
    """Catches the published 24 kHz model on the paper's clock, which would sound at another pitch."""
    other = next(clock for key, clock in CLOCKS.items() if key != rate)
    with pytest.raises(ConfigError, match=f"sample_rate_hz is {rate}, the clock's {other.sample_rate_hz}"):
        EncodecCodec(other, folder)


def test_checkpoint_round_trip(folder: Path, rate: int, wave: np.ndarray, tmp_path: Path) -> None:
    """Catches a folder that is not remembered."""
    codec = EncodecCodec(CLOCKS[rate], folder)
    codec.save(tmp_path / "codec", "abc")
    again = load_codec(tmp_path / "codec", CLOCKS[rate])
    assert np.array_equal(again.encode(wave), codec.encode(wave))
    assert again.codebooks().shape == (3, 16, 8)


def test_a_model_with_loudness_beside_its_codes_is_refused(tmp_path: Path) -> None:
    """Catches a scale that codes do not carry, so that all sound comes back at one loudness."""
    save_encodec(tmp_path, 16_000, normalize=True)
    with pytest.raises(ConfigError, match="loudness"):
        EncodecCodec(CLOCKS[16_000], tmp_path)


def test_absent_weights_name_model_folder_and_size(tmp_path: Path) -> None:
    """Catches an error that does not say what to fetch."""
    with pytest.raises(MissingModelError, match=r"facebook/encodec_24khz.*0\.1 GB"):
        EncodecCodec(CLOCKS[16_000], tmp_path)


def test_damaged_weights_are_refused(folder: Path, rate: int, tmp_path: Path) -> None:
    """Catches noise from weights that transformers replaces by random ones, with a warning."""
    check_damaged_weights_are_refused(lambda path: EncodecCodec(CLOCKS[rate], path), folder, tmp_path)
