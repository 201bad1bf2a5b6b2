"""The joint space of music and text learns, repeats itself, and survives a save."""

from pathlib import Path

import numpy as np
import pytest
import torch

from v2meow_pipeline.encoders.base import MusicTextEncoder
from v2meow_pipeline.encoders.music_text import TRUNK_WIDTH, MusicTextHead, trunk_features
from v2meow_pipeline.encoders.music_text_towers import MusicTextConfig, Pairs, Towers
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.training.music_text import _recall, _report, fit_head

CONFIG = MusicTextConfig(hidden=64, batch=64, epochs=12, learning_rate=3e-3)
SHORT = MusicTextConfig(hidden=8, epochs=2)
GENRES = ("rock", "jazz", "techno", "classical", "reggae", "folk")
MOODS = ("calm", "happy", "dark", "wild", "sad", "proud")
INSTRUMENTS = ("piano", "guitar", "drums", "violin")


@pytest.fixture(scope="module")
def corpus() -> tuple[np.ndarray, list[str]]:
    """Features in which genre, mood and instrument each have a direction, and captions that name them."""
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(3, 6, TRUNK_WIDTH))
    rows = [(g, m, i) for g in range(6) for m in range(6) for i in range(4) for _ in range(3)]
    clean = [directions[0, g] + directions[1, m] + directions[2, i] for g, m, i in rows]
    features = np.stack(clean) + rng.normal(size=(len(rows), TRUNK_WIDTH))
    captions = [f"{MOODS[m]} {GENRES[g]} with {INSTRUMENTS[i]}" for g, m, i in rows]
    return features.astype(np.float32), captions


@pytest.fixture(scope="module")
def fitted(corpus: tuple[np.ndarray, list[str]], musicnn: Musicnn, text_encoder: MiniLM) -> tuple:
    return fit_head(*corpus, CONFIG, 7, musicnn, text_encoder)


def test_it_fits_the_protocol(fitted: tuple) -> None:
    assert isinstance(fitted[0], MusicTextEncoder)


def test_held_out_captions_are_retrieved(fitted: tuple) -> None:
    """They name combinations never seen in training, so this is more than remembering."""
    report = fitted[1]
    assert report.retrieval.n_captions == 14 and report.retrieval.n_rows == 42
    assert report.retrieval.recall_at_5 > 0.7
    assert report.matched_cosine > report.shuffled_cosine + 0.3
    assert report.train_loss[-1] < report.train_loss[0]
    assert len(report.held_out_loss) == len(report.train_loss)


def test_a_head_that_says_the_same_of_everything_retrieves_by_chance() -> None:
    """Catches ties that count as found: a collapsed head would report a recall of 1."""
    towers = Towers(8, 8, SHORT).eval()
    torch.nn.init.zeros_(towers.text[-1].weight)
    texts, caption = torch.randn(20, 8), torch.arange(20).repeat(2)
    report = _report(towers, Pairs(torch.randn(40, 8), caption, texts), ([], []), 0)
    recalls = report.retrieval[2:]
    np.testing.assert_allclose(recalls, [1 / 20, 5 / 20, 10 / 20])


def test_captions_with_equal_cosines_count_as_in_random_order() -> None:
    """Catches a rank that is off by one beside ties: one caption is better here, and two are as good as the own."""
    cosines = np.array([[0.9, 0.5, 0.5, 0.5, 0.1]])
    recalls = [_recall(cosines, cosines[:, 1], k) for k in (1, 2, 3, 4, 5)]
    np.testing.assert_allclose(recalls, [0, 1 / 3, 2 / 3, 1, 1])


def test_vectors_have_unit_length(fitted: tuple, corpus: tuple[np.ndarray, list[str]]) -> None:
    head = fitted[0]
    for rows in (head.embed_features(corpus[0][:5]), head.embed_text(corpus[1][:5])):
        assert rows.shape == (5, 128)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_the_same_seed_gives_the_same_head(
    corpus: tuple[np.ndarray, list[str]], musicnn: Musicnn, text_encoder: MiniLM
) -> None:
    features, captions = corpus[0][::9], corpus[1][::9]
    seeds = (7, 7, 8)
    first, again, other = (fit_head(features, captions, SHORT, s, musicnn, text_encoder)[0] for s in seeds)
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_training_leaves_the_global_generator_alone(
    corpus: tuple[np.ndarray, list[str]], musicnn: Musicnn, text_encoder: MiniLM
) -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    fit_head(corpus[0][:9], corpus[1][:9], SHORT, 0, musicnn, text_encoder)
    assert torch.equal(torch.rand(1), expected)


def test_a_shared_caption_is_no_negative() -> None:
    """Two clips with one caption would be pushed away from their own text."""
    towers = Towers(5, 4, MusicTextConfig(hidden=8)).eval()
    generator = torch.Generator().manual_seed(0)
    audio, texts = torch.randn(2, 5, generator=generator), torch.randn(2, 4, generator=generator)
    assert towers.loss(Pairs(audio, torch.tensor([0, 0]), texts)).item() == pytest.approx(0, abs=1e-6)
    assert towers.loss(Pairs(audio, torch.tensor([0, 1]), texts)).item() > 0.01


def test_save_and_load_give_the_same_vectors(
    fitted: tuple, tmp_path: Path, musicnn: Musicnn, text_encoder: MiniLM
) -> None:
    fitted[0].save(tmp_path / "head", "abc", {"trained_on": "synthetic"})
    loaded = MusicTextHead.load(tmp_path / "head", musicnn, text_encoder)
    assert loaded.fingerprint == fitted[0].fingerprint
    np.testing.assert_array_equal(loaded.embed_text(["calm"]), fitted[0].embed_text(["calm"]))


def test_a_head_over_another_trunk_is_stale(fitted: tuple, tmp_path: Path, text_encoder: MiniLM) -> None:
    """Its vectors would be noise."""
    fitted[0].save(tmp_path / "head", "abc")
    other = Musicnn()
    other.fingerprint = "another"
    with pytest.raises(StaleError, match="another trunk encoder"):
        MusicTextHead.load(tmp_path / "head", other, text_encoder)


def test_a_long_wave_is_the_mean_of_its_segments(fitted: tuple) -> None:
    """A random crop would give another vector each time."""
    rng = np.random.default_rng(0)
    first, second = rng.normal(scale=0.1, size=(2, 160_000)).astype(np.float32)
    second *= np.sin(np.arange(160_000) / 400).astype(np.float32)
    head = fitted[0]
    both = head.embed_audio([first, second], 16_000)
    mean = both.mean(axis=0)
    together = head.embed_audio([np.concatenate([first, second])], 16_000)[0]
    np.testing.assert_allclose(together, mean / np.linalg.norm(mean), atol=1e-5)


def test_waves_of_any_length_and_rate_are_read(fitted: tuple, musicnn: Musicnn) -> None:
    waves = [np.random.default_rng(0).normal(scale=0.1, size=n).astype(np.float32) for n in (1, 30_000, 220_500)]
    assert fitted[0].embed_audio(waves, 22_050).shape == (3, 128)
    assert trunk_features(musicnn, waves, 22_050).shape == (3, TRUNK_WIDTH)
    assert fitted[0].embed_audio([], 22_050).shape == (0, 128)


def test_a_handful_of_clips_still_trains(
    corpus: tuple[np.ndarray, list[str]], musicnn: Musicnn, text_encoder: MiniLM
) -> None:
    """The seconds-long test environment has too few captions to hold any out."""
    _, report = fit_head(corpus[0][:6], corpus[1][:6], SHORT, 0, musicnn, text_encoder)
    assert np.isnan(report.retrieval.recall_at_1) and not report.held_out_loss and report.train_loss


@pytest.mark.parametrize("captions", [["same"] * 4, ["a", "b"], []])
def test_what_cannot_be_contrasted_is_refused(musicnn: Musicnn, text_encoder: MiniLM, captions: list[str]) -> None:
    with pytest.raises(ConfigError, match="cannot be contrasted"):
        fit_head(np.zeros((4, TRUNK_WIDTH), np.float32), captions, CONFIG, 0, musicnn, text_encoder)
