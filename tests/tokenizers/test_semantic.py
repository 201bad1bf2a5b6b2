"""Semantic tokens: length, determinism, and whether they carry beat and harmony."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.simple_music import RATE, SMALL, music
from tests.support.tiny_w2v_bert import TINY

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import MissingModelError, StaleError, V2MeowError
from v2meow_pipeline.networks.checkpointing import save_network
from v2meow_pipeline.tokenizers.features import MusicFeatures
from v2meow_pipeline.tokenizers.kmeans import nearest
from v2meow_pipeline.tokenizers.semantic import SemanticConfig, SemanticTokenizer, onset_envelope
from v2meow_pipeline.tokenizers.w2v_bert import KIND as W2V_BERT
from v2meow_pipeline.tokenizers.w2v_bert import W2vBert


def tempo_bpm(envelope: np.ndarray, rate_hz: int) -> float:
    """The tempo, 60 to 200 bpm, at which the autocorrelation over four beats is highest."""
    centred = envelope - envelope.mean()
    correlation = np.correlate(centred, centred, "full")[len(centred) - 1 :]
    tempi = np.arange(60, 200, 0.5)
    lags = 60 * rate_hz / tempi
    scores = sum(np.interp(k * lags, np.arange(len(correlation)), correlation) for k in (1, 2, 3, 4))
    return float(tempi[np.argmax(scores)])


@pytest.mark.parametrize("samples", [0, 1, 319, 640, 4_801, 64_000])
def test_lengths_are_the_clocks(semantic: SemanticTokenizer, samples: int) -> None:
    """An off-by-one frame would shift tokens against the codec's."""
    tokens = semantic.encode(music(99)[:samples])
    assert tokens.shape == (SMALL.semantic_frames(samples / RATE),)
    assert tokens.dtype == np.int16


@pytest.mark.parametrize("bpm", [83.0, 97.0, 128.0])
def test_tempo_can_be_read_from_tokens(semantic: SemanticTokenizer, bpm: float) -> None:
    """Tokens that lost the beat make every later stage guess it; octaves are allowed."""
    tokens = semantic.encode(music(1234, bpm=bpm, duration_s=10))
    found = tempo_bpm(semantic.onset_envelope(tokens), SMALL.semantic_hz)
    assert any(abs(found * octave / bpm - 1) < 0.04 for octave in (0.5, 1, 2)), found


def test_onset_envelope_follows_the_sound(semantic: SemanticTokenizer) -> None:
    """An envelope in the wrong units or order would still have some tempo."""
    wave = music(77, bpm=110)
    from_tokens = semantic.onset_envelope(semantic.encode(wave))
    assert from_tokens.dtype == np.float32
    assert np.corrcoef(from_tokens, onset_envelope(wave, SMALL))[0, 1] > 0.8


def test_chroma_names_the_pitch_class() -> None:
    """Filters shifted by a semitone cluster just as well, and are wrong."""
    features = MusicFeatures(Clock(), 8, 20, (1.0, 1.0, 1.0))
    for semitones in range(12):
        tone = 0.3 * np.sin(2 * np.pi * 261.63 * 2 ** (semitones / 12) * np.arange(RATE) / RATE)
        chroma = features.compute(tone.astype(np.float32), 25)[:, :12]
        assert np.all(chroma[2:-2].argmax(1) == semitones)


def test_a_silenced_group_has_no_say(corpus: list[np.ndarray]) -> None:
    """A weight applied before standardising is undone by it."""
    config = SemanticConfig(max_frames=800, chroma_weight=0, envelope_weight=0, iterations=1)
    tokenizer = SemanticTokenizer.fit(corpus[:4], config, SMALL)
    rows = tokenizer.scaled_features(corpus[0])
    assert not rows[:, :12].any()
    assert rows[:, 12:20].any()
    assert not rows[:, 20:].any()


def test_silence_is_a_token_like_any_other(semantic: SemanticTokenizer) -> None:
    """Zero energy divided by zero energy is not a number, and NaN has no nearest centre."""
    assert np.isfinite(semantic.scaled_features(np.zeros(RATE, np.float32))).all()
    assert len(set(semantic.encode(np.zeros(RATE, np.float32)).tolist())) == 1


def test_fit_is_seeded_and_reads_waves_once(corpus: list[np.ndarray]) -> None:
    """A generator read twice is empty the second time; a draw without seed changes all tokens downstream."""
    config = SemanticConfig(max_frames=200, iterations=1)
    fits = [SemanticTokenizer.fit(iter(corpus[:3]), config, SMALL).fingerprint for _ in range(2)]
    other = SemanticTokenizer.fit(corpus[:3], SemanticConfig(max_frames=200, iterations=1, seed=1), SMALL)
    assert fits[0] == fits[1] != other.fingerprint


def test_checkpoint_round_trip(semantic: SemanticTokenizer, tmp_path: Path) -> None:
    """A weight left out of the checkpoint gives other tokens after a restart."""
    semantic.save(tmp_path / "semantic", "f00d", trained_on="chords")
    again = SemanticTokenizer.load(tmp_path / "semantic", SMALL)
    tokens = semantic.encode(music(3))
    np.testing.assert_array_equal(tokens, again.encode(music(3)))
    np.testing.assert_array_equal(semantic.onset_envelope(tokens), again.onset_envelope(tokens))
    assert again.fingerprint == semantic.fingerprint


def test_checkpoints_of_another_clock_or_kind_are_refused(semantic: SemanticTokenizer, tmp_path: Path) -> None:
    """Tokens of 128 centres given to a model of 1,024 train without complaint."""
    semantic.save(tmp_path / "semantic", "f00d", trained_on="chords")
    with pytest.raises(StaleError, match="semantic_vocab"):
        SemanticTokenizer.load(tmp_path / "semantic", Clock())
    with pytest.raises(V2MeowError, match="no checkpoint"):
        SemanticTokenizer.load(tmp_path / "nothing", SMALL)


def test_a_stream_is_fitted_on_more_frames_than_are_held(corpus: list[np.ndarray]) -> None:
    """Catches a stream that is fitted on the reservoir alone, and an iterator that is empty the second time."""
    config = SemanticConfig(k_means="stream", max_frames=300, iterations=3, batch_frames=400)
    streamed = SemanticTokenizer.fit(corpus, config, SMALL)
    held = SemanticTokenizer.fit(corpus, SemanticConfig(max_frames=300, iterations=3), SMALL)
    rows = np.concatenate([streamed.features.compute(wave, SMALL.semantic_frames(4.0)) for wave in corpus])
    np.testing.assert_allclose(streamed.weights.mean, rows.mean(0), atol=1e-4)

    def lost(tokenizer: SemanticTokenizer) -> float:
        scaled = (rows - tokenizer.weights.mean) * tokenizer.weights.scale
        near = tokenizer.weights.centres[nearest(scaled, tokenizer.weights.centres)]
        return float(((scaled - near) ** 2).sum() / ((scaled - scaled.mean(0)) ** 2).sum())

    assert lost(streamed) < lost(held)
    assert SemanticTokenizer.fit(corpus, config, SMALL).fingerprint == streamed.fingerprint
    with pytest.raises(ValueError, match="several times"):
        SemanticTokenizer.fit(iter(corpus), config, SMALL)


def test_tokens_of_a_network_that_was_trained_again_are_stale(corpus: list[np.ndarray], tmp_path: Path) -> None:
    """Catches centres of one network's features that are used on another's."""
    config = SemanticConfig.parse({"features": "w2v_bert", "max_frames": 300, "iterations": 1})
    for seed in (0, 1):
        torch.manual_seed(seed)
        network = W2vBert(TINY, SMALL)
        save_network(tmp_path / "w2v_bert" / "checkpoint", W2V_BERT, network, TINY, f"trained {seed}", SMALL)
        if seed == 0:
            made = SemanticTokenizer.fit(corpus[:4], config, SMALL, tmp_path / "w2v_bert/checkpoint")
            made.save(tmp_path / "semantic", "f00d", trained_on="chords")
            again = SemanticTokenizer.load(tmp_path / "semantic", SMALL)
            np.testing.assert_array_equal(again.encode(corpus[0]), made.encode(corpus[0]))
    with pytest.raises(StaleError, match="Fit the semantic tokenizer again"):
        SemanticTokenizer.load(tmp_path / "semantic", SMALL)
    with pytest.raises(MissingModelError, match="w2v_bert"):
        SemanticTokenizer.fit(corpus[:1], config, SMALL, tmp_path / "elsewhere")
