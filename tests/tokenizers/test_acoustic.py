"""The codec: lengths, levels, silence, seams, checkpoints."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.simple_music import RATE, SMALL, music
from tests.support.small_vocoder import CONFIG, vocoder

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.networks.checkpointing import save_network
from v2meow_pipeline.tokenizers import acoustic
from v2meow_pipeline.tokenizers.acoustic import AcousticConfig, AcousticTokenizer
from v2meow_pipeline.tokenizers.report import mel_distance
from v2meow_pipeline.tokenizers.vocoder.network import Vocoder


@pytest.mark.parametrize("samples", [0, 1, 319, 320, 4_801, 64_000])
def test_lengths_are_the_clocks(codec: AcousticTokenizer, samples: int) -> None:
    """An off-by-one frame would shift all shards against each other."""
    codes = codec.encode(music(99)[:samples])
    t = SMALL.acoustic_frames(samples / RATE)
    assert codes.shape == (SMALL.acoustic_levels, t)
    assert codes.dtype == np.int16
    assert codec.decode(codes).shape == (t * SMALL.hop_samples,)


def test_every_level_brings_the_bands_nearer(codec: AcousticTokenizer) -> None:
    """A codec whose deeper levels add nothing looks trained and is hollow."""
    wave = music(99, bpm=101)
    codes = codec.encode(wave)
    t = codes.shape[1]
    truth = np.log10(codec._log_mel.bands(codec._log_mel(wave, t)) + 1e-4)
    errors = [
        np.abs(np.log10(codec._log_mel.bands(codec.decode_log_mel(codes[:n])) + 1e-4) - truth).mean()
        for n in range(1, 7)
    ]
    assert np.all(np.diff(errors) < 0), errors


def test_decoded_sound_resembles_the_original(codec: AcousticTokenizer) -> None:
    """Bands may be right and the waveform wrong: inversion and phase retrieval are checked by ear's measure."""
    wave = music(99, bpm=101)
    codes = codec.encode(wave)
    near = mel_distance(wave, codec.decode(codes), RATE)
    far = mel_distance(wave, codec.decode(codec.encode(music(98, bpm=80))), RATE)
    assert near < 0.2
    assert near < 0.5 * far


def test_loudness_is_kept(codec: AcousticTokenizer) -> None:
    """A wrong scale of window or filters makes everything twice as loud."""
    wave = music(99)
    ratio = np.std(codec.decode(codec.encode(wave))) / np.std(wave)
    assert 0.8 < ratio < 1.2


def test_ends_are_as_good_as_the_middle(codec: AcousticTokenizer) -> None:
    """Fast Griffin-Lim diverges where frames overlap on one side only: a burst at the start and end of every clip."""
    for wave in (music(7, duration_s=1), music(8, duration_s=1)[::-1].copy()):
        decoded = codec.decode(codec.encode(wave))
        made, wanted = (np.sqrt((w.reshape(-1, 800) ** 2).mean(1)) for w in (decoded, wave))
        assert np.abs(20 * np.log10(made / wanted))[[0, -1]].max() < 4


def test_silence_is_zeros_both_ways(codec: AcousticTokenizer) -> None:
    """Codebooks fitted on music have no code for silence unless one is reserved: silence would hiss."""
    codes = codec.encode(np.zeros(8_000, np.float32))
    assert not codes.any()
    assert not codec.decode(codes).any()


def test_silence_between_sounds_stays_silent(codec: AcousticTokenizer) -> None:
    """Smoothing or phase retrieval may leak sound into a pause."""
    wave = np.concatenate([music(1, duration_s=1), np.zeros(RATE, np.float32), music(2, duration_s=1)])
    decoded = codec.decode(codec.encode(wave))
    pause = decoded[RATE + 2_000 : 2 * RATE - 2_000]
    assert 20 * np.log10(np.std(pause) / np.std(wave) + 1e-12) < -50


def test_same_seed_same_sound(codec: AcousticTokenizer) -> None:
    """First phases drawn from a global generator would make no run repeatable."""
    codes = codec.encode(music(5, duration_s=1))
    np.testing.assert_array_equal(codec.decode(codes, seed=3), codec.decode(codes, seed=3))
    assert not np.array_equal(codec.decode(codes, seed=3), codec.decode(codes, seed=4))


def test_chunks_join_without_a_click(codec: AcousticTokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks with phases of their own jump where they meet: a click in every long soundtrack."""
    monkeypatch.setattr(acoustic, "CHUNK_FRAMES", 70)
    for wave in (music(6, bpm=70), music(7)):
        decoded = codec.decode(codec.encode(wave))
        jumps = np.abs(np.diff(decoded, n=2))
        # A chunk's end is fixed a hop and a half past its last frame.
        seams = [70 * k * 320 + offset for k in (1, 2) for offset in (0, 480)]
        at_seams = max(jumps[s - 4 : s + 4].max() for s in seams)
        assert at_seams <= np.quantile(jumps, 0.999) * 1.5


def test_chunked_codes_equal_whole_codes(codec: AcousticTokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk encoded without its neighbours' sound has other codes at its ends."""
    wave = music(7)
    whole = codec.encode(wave)
    monkeypatch.setattr(acoustic, "CHUNK_FRAMES", 70)
    assert np.mean(codec.encode(wave) == whole) > 0.999


@pytest.mark.parametrize("codes", [np.zeros((7, 5)), np.zeros((0, 5)), np.full((2, 5), 64), np.full((2, 5), -1)])
def test_codes_outside_the_codebook_are_refused(codec: AcousticTokenizer, codes: np.ndarray) -> None:
    """NumPy would take -1 as the last code and sing on."""
    with pytest.raises(ValueError, match=r"codebook|levels"):
        codec.decode(codes.astype(np.int16))


def test_checkpoint_round_trip(codec: AcousticTokenizer, tmp_path: Path) -> None:
    """A weight left out of the checkpoint decodes to other sound after a restart."""
    codec.save(tmp_path / "codec", "f00d", trained_on="chords")
    again = AcousticTokenizer.load(tmp_path / "codec", SMALL)
    wave = music(3, duration_s=1)
    np.testing.assert_array_equal(codec.encode(wave), again.encode(wave))
    np.testing.assert_array_equal(codec.decode(codec.encode(wave)), again.decode(again.encode(wave)))
    assert again.fingerprint == codec.fingerprint


def test_checkpoints_of_another_clock_or_kind_are_refused(codec: AcousticTokenizer, tmp_path: Path) -> None:
    """Codes of 6 levels given to a model of 12 fail far from the cause."""
    codec.save(tmp_path / "codec", "f00d", trained_on="chords")
    with pytest.raises(StaleError, match="acoustic_levels"):
        AcousticTokenizer.load(tmp_path / "codec", Clock())
    with pytest.raises(V2MeowError, match="no checkpoint"):
        AcousticTokenizer.load(tmp_path / "nothing", SMALL)


def test_fit_is_seeded_and_reads_waves_once(corpus: list[np.ndarray]) -> None:
    """A generator read twice is empty the second time; a draw without seed changes all tokens downstream."""
    config = AcousticConfig(max_frames=800, smoother_frames=400, bands=32)
    fits = [AcousticTokenizer.fit(iter(corpus[:4]), config, SMALL).fingerprint for _ in range(2)]
    assert fits[0] == fits[1]


def test_no_waves_is_an_error() -> None:
    """An empty corpus must not become a codec of noise."""
    with pytest.raises(ValueError, match="empty"):
        AcousticTokenizer.fit([], AcousticConfig(), SMALL)


def test_a_vocoder_changes_the_sound_and_not_the_tokens(codec: AcousticTokenizer, tmp_path: Path) -> None:
    """Catches a decoder that makes tokens stale: stages would have to be trained again for another sound."""
    codec.save(tmp_path / "codec", "f00d", trained_on="chords")
    save_network(tmp_path / "vocoder", "vocoder", vocoder(), CONFIG, "f00d", SMALL)
    heard = AcousticTokenizer.load(tmp_path / "codec", SMALL, vocoder=tmp_path / "vocoder")
    wave = music(3, duration_s=1)
    codes = heard.encode(wave)
    np.testing.assert_array_equal(codes, codec.encode(wave))
    assert heard.fingerprint == codec.fingerprint
    made = heard.decode(codes, seed=2)
    assert made.shape == (codes.shape[1] * SMALL.hop_samples,)
    assert not np.allclose(made, codec.decode(codes, seed=2), atol=1e-3)
    np.testing.assert_array_equal(made, heard.decode(codes, seed=2))
    assert not heard.decode(np.zeros((6, 40), np.int16)).any()


def test_a_vocoder_of_other_bands_is_refused(codec: AcousticTokenizer) -> None:
    """Catches a vocoder of another codec: its first layer would fail far from the cause, or not at all."""
    other = Vocoder(CONFIG.model_copy(update={"floor": 1e-4}), SMALL)
    with pytest.raises(StaleError, match="bands"):
        codec.use_vocoder(other)
