"""SoundStream behind the codec protocol."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.small_soundstream import CLOCK, CONFIG, untrained

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.soundstream import codec as room
from v2meow_pipeline.tokenizers.soundstream.codec import SoundStreamCodec

HOP = CLOCK.hop_samples


@pytest.fixture
def codec() -> SoundStreamCodec:
    return SoundStreamCodec(untrained(), CONFIG, CLOCK)


@pytest.fixture
def wave() -> np.ndarray:
    return (0.3 * np.random.default_rng(0).standard_normal(23 * HOP)).astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "frames"), [(0, 0), (1, 0), (HOP, 1), (5 * HOP - 1, 5), (5 * HOP + 1, 5), (5 * HOP + HOP // 2 + 1, 6)]
)
def test_lengths_are_the_clocks(codec: SoundStreamCodec, wave: np.ndarray, samples: int, frames: int) -> None:
    """Catches sound of any length that is not a multiple of the hop."""
    codes = codec.encode(wave[:samples])
    assert (codes.shape, codes.dtype) == ((CLOCK.acoustic_levels, frames), np.int16)
    decoded = codec.decode(codes[:2])
    assert (decoded.shape, decoded.dtype) == ((frames * HOP,), np.float32)


def test_pieces_equal_the_whole(codec: SoundStreamCodec, wave: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches seams in long sound."""
    codes = codec.encode(wave)
    decoded = codec.decode(codes)
    monkeypatch.setattr(room, "CHUNK_FRAMES", 7)
    assert np.array_equal(codec.encode(wave), codes)
    np.testing.assert_allclose(codec.decode(codes), decoded, atol=1e-5)


def test_more_levels_change_the_sound(codec: SoundStreamCodec, wave: np.ndarray) -> None:
    """Catches levels that are ignored."""
    codes = codec.encode(wave)
    assert not np.allclose(codec.decode(codes[:1]), codec.decode(codes))


def test_samples_stay_in_range(codec: SoundStreamCodec) -> None:
    """Catches overflow when samples become integers."""
    for module in (codec.network.decoder.layers[-1],):
        module.conv.weight.data *= 1000
    assert np.abs(codec.decode(np.zeros((1, 9), np.int16))).max() == 1


def test_codes_outside_the_codebook_are_refused(codec: SoundStreamCodec) -> None:
    """Catches tokens of another codec, which torch would read from another row or crash on."""
    for codes in (np.zeros((0, 3), np.int16), np.zeros((5, 3), np.int16), np.full((2, 3), 16), np.full((2, 3), -1)):
        with pytest.raises(ValueError, match=r"levels|codebook"):
            codec.decode(codes)


def test_checkpoint_round_trip(codec: SoundStreamCodec, wave: np.ndarray, tmp_path: Path) -> None:
    """Catches codebooks or sizes that are not saved."""
    codec.save(tmp_path / "codec", "abc", "noise")
    again = SoundStreamCodec.load(tmp_path / "codec", CLOCK)
    assert isinstance(again, Codec)
    assert again.fingerprint == codec.fingerprint != SoundStreamCodec(untrained(1), CONFIG, CLOCK).fingerprint
    assert np.array_equal(again.encode(wave), codec.encode(wave))
    np.testing.assert_array_equal(again.decode(codec.encode(wave)), codec.decode(codec.encode(wave)))
    np.testing.assert_array_equal(again.codebooks(), codec.codebooks())
    assert codec.codebooks().shape == (4, 16, CONFIG.code_width)


def test_checkpoints_of_another_clock_are_refused(codec: SoundStreamCodec, tmp_path: Path) -> None:
    """Catches tokens at another rate, which decode to noise."""
    codec.save(tmp_path / "codec", "abc", "noise")
    with pytest.raises(StaleError, match="acoustic_levels is 4, not 12"):
        SoundStreamCodec.load(tmp_path / "codec", Clock())
    with pytest.raises(V2MeowError):
        SoundStreamCodec.load(tmp_path / "nothing", CLOCK)
