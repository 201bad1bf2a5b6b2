"""The adapter for DAC, on a tiny DAC with random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.damaged_weights import check_damaged_weights_are_refused

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError, MissingModelError, StaleError
from v2meow_pipeline.tokenizers import pretrained_codec as room
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.dac import DacCodec
from v2meow_pipeline.tokenizers.registry import load_codec

CLOCK = Clock(acoustic_vocab=16, acoustic_levels=3, coarse_levels=1)
HOP = CLOCK.hop_samples


def save_dac(folder: Path, seed: int = 0) -> Path:
    from transformers import DacConfig, DacModel

    config = DacConfig(
        encoder_hidden_size=2,
        decoder_hidden_size=32,
        downsampling_ratios=[2, 4, 5, 8],
        n_codebooks=4,
        codebook_size=16,
        codebook_dim=3,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = DacModel(config)
        for parameter in network.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
        network.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_dac(tmp_path_factory.mktemp("models") / "dac_16khz")


@pytest.fixture
def wave() -> np.ndarray:
    return (0.3 * np.random.default_rng(0).standard_normal(30 * HOP)).astype(np.float32)


def test_numbers_equal_those_of_transformers(folder: Path, wave: np.ndarray) -> None:
    """Catches levels in another order, vectors in place of codes, or a wave that is scaled on the way."""
    from transformers import DacModel

    network, codec = DacModel.from_pretrained(folder).eval(), DacCodec(CLOCK, folder)
    with torch.inference_mode():
        codes = network.encode(torch.from_numpy(wave)[None, None]).audio_codes[0, :3]
        sound = network.decode(audio_codes=codes[None]).audio_values[0].clamp(-1, 1)
    assert isinstance(codec, Codec)
    assert np.array_equal(codec.encode(wave), codes.numpy())
    decoded = codec.decode(codes.numpy().astype(np.int16))
    assert decoded.shape == (30 * HOP,)
    np.testing.assert_allclose(decoded[: len(sound)], sound.numpy(), atol=1e-5)
    # An odd stride costs DAC a few samples at the end.
    assert len(decoded) - len(sound) < HOP
    assert not decoded[len(sound) :].any()


def test_lengths_are_the_clocks(folder: Path, wave: np.ndarray) -> None:
    """Catches sound that is not a whole number of frames, and none at all."""
    codec = DacCodec(CLOCK, folder)
    for samples, frames in ((0, 0), (HOP, 1), (5 * HOP + 3, 5), (6 * HOP - 3, 6)):
        codes = codec.encode(wave[:samples])
        assert (codes.shape, codes.dtype) == ((3, frames), np.int16)
        assert codec.decode(codes).shape == (frames * HOP,)


def test_pieces_are_near_the_whole(folder: Path, wave: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches seams in long sound: margins must cover what a frame sees of its neighbours."""
    codec = DacCodec(CLOCK, folder)
    codes = codec.encode(wave)
    decoded = codec.decode(codes)
    monkeypatch.setattr(room, "CHUNK_FRAMES", 8)
    monkeypatch.setattr(room, "MARGIN_FRAMES", 20)
    assert np.array_equal(codec.encode(wave), codes)
    np.testing.assert_allclose(codec.decode(codes), decoded, atol=1e-4)


def test_codebooks_are_what_the_decoder_sums(folder: Path, wave: np.ndarray) -> None:
    """Catches the narrow codes before their projection, whose levels do not share a space."""
    codec = DacCodec(CLOCK, folder)
    codes, books = codec.encode(wave), codec.codebooks()
    summed = sum(books[level][codes[level]] for level in range(3))
    with torch.inference_mode():
        expected = codec.network.quantizer.from_codes(torch.from_numpy(codes.astype(np.int64))[None])[0][0].T
    np.testing.assert_allclose(summed, expected.numpy(), atol=1e-5)


def test_codes_outside_the_codebook_are_refused(folder: Path) -> None:
    """Catches tokens of another codec."""
    for codes in (np.zeros((4, 3), np.int16), np.full((2, 3), 16), np.full((2, 3), -1)):
        with pytest.raises(ValueError, match=r"levels|codebook"):
            DacCodec(CLOCK, folder).decode(codes)


@pytest.mark.parametrize(
    ("clock", "named"),
    [
        (Clock(acoustic_vocab=16, acoustic_levels=3, coarse_levels=1, sample_rate_hz=24_000), "16000.*24000"),
        (Clock(acoustic_vocab=16, acoustic_levels=3, coarse_levels=1, acoustic_hz=100), "320.*160"),
        (Clock(acoustic_levels=3, coarse_levels=1), "16.*1024"),
        (Clock(acoustic_vocab=16), "levels is 4, the clock's 12"),
    ],
)
def test_a_clock_that_does_not_fit_is_refused_with_both_values(folder: Path, clock: Clock, named: str) -> None:
    """Catches sound at another pitch and tokens at another rate."""
    with pytest.raises(ConfigError, match=named):
        DacCodec(clock, folder)


def test_absent_weights_name_model_folder_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an error from deep inside that does not say what to fetch."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        DacCodec(CLOCK)
    for part in ("descript/dac_16khz", str(tmp_path / "dac_16khz"), "0.3 GB", "V2MEOW_MODELS"):
        assert part in str(error.value)


def test_checkpoint_finds_the_folder_through_the_variable(
    folder: Path, wave: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a checkpoint that works only where it was written."""
    monkeypatch.setenv("V2MEOW_MODELS", str(folder.parent))
    codec = DacCodec(CLOCK)
    codec.save(tmp_path / "codec", "abc")
    again = load_codec(tmp_path / "codec", CLOCK)
    assert again.fingerprint == codec.fingerprint == DacCodec(CLOCK, folder).fingerprint
    assert np.array_equal(again.encode(wave), codec.encode(wave))


def test_other_weights_in_the_folder_are_refused(tmp_path: Path) -> None:
    """Catches tokens of one codec that another decodes: noise, and no error."""
    folder = save_dac(tmp_path / "mine")
    DacCodec(CLOCK, folder).save(tmp_path / "codec", "abc")
    load_codec(tmp_path / "codec", CLOCK)
    save_dac(folder, seed=1)
    with pytest.raises(StaleError, match="were made with"):
        load_codec(tmp_path / "codec", CLOCK)


def test_damaged_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    """Catches noise from weights that transformers replaces by random ones, with a warning."""
    check_damaged_weights_are_refused(lambda path: DacCodec(CLOCK, path), folder, tmp_path)
