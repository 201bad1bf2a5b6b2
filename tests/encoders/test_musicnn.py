"""The port of musicnn says what the published graph says."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from v2meow_pipeline.encoders.base import AudioJudge
from v2meow_pipeline.encoders.musicnn import TAGS, WINDOW_FRAMES, Musicnn, log_mel
from v2meow_pipeline.networks.weights import wheel_file

FIXTURE = Path(__file__).parents[1] / "fixtures" / "musicnn"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_musicnn_reference", FIXTURE / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def phrase(maker: ModuleType) -> np.ndarray:
    return maker.phrase()


def test_it_is_a_judge(musicnn: Musicnn) -> None:
    assert isinstance(musicnn, AudioJudge)


def test_port_equals_the_graph_written_out(musicnn: Musicnn, phrase: np.ndarray) -> None:
    """The faster arrangement of filters, the signs of gains, the padding of even filters: each could be wrong."""
    reference = json.loads((FIXTURE / "reference.json").read_text())
    tags, penultimate = musicnn.analyse(phrase)
    np.testing.assert_allclose(tags, reference["tags"], atol=2e-5)
    np.testing.assert_allclose(penultimate, reference["penultimate"], atol=2e-4)


def test_mel_spectrum_is_librosas(phrase: np.ndarray) -> None:
    import librosa

    mel = librosa.feature.melspectrogram(
        y=phrase, sr=16_000, n_fft=512, hop_length=256, n_mels=96, center=True, pad_mode="reflect"
    )
    np.testing.assert_allclose(log_mel(phrase), np.log10(10_000 * mel.T + 1), atol=1e-4)


def test_tags_are_those_of_the_wheel() -> None:
    """In another order every tag would be misnamed."""
    source = wheel_file("musicnn", "configuration.py", "musicnn").read_text()
    labels = source.split("MTT_LABELS = [")[1].split("]")[0]
    assert tuple(label.strip(" '") for label in labels.split(",")) == TAGS


def test_a_plucked_phrase_is_an_instrument_and_not_a_voice(musicnn: Musicnn, phrase: np.ndarray) -> None:
    tags = dict(zip(TAGS, musicnn.analyse(phrase).tags.mean(axis=0), strict=True))
    assert max(tags["piano"], tags["guitar"], tags["harp"], tags["classical"]) > 0.2 > tags["vocals"]


def test_windows_are_independent_of_their_batch(musicnn: Musicnn, phrase: np.ndarray) -> None:
    together = musicnn.analyse(np.tile(phrase, 6)).penultimate
    assert len(together) == 12
    hop_samples = 256 * WINDOW_FRAMES
    alone = musicnn.analyse(np.tile(phrase, 6)[10 * hop_samples : 11 * hop_samples + 512]).penultimate
    # Only the first frame, whose edge is reflected, differs.
    assert np.abs(together[10] - alone[0]).mean() < 0.05


@pytest.mark.parametrize("samples", [1, 200, 4_000, 47_000])
def test_short_waves_give_one_window(musicnn: Musicnn, samples: int) -> None:
    wave = np.random.default_rng(0).normal(scale=0.1, size=samples).astype(np.float32)
    assert musicnn.embed(wave).shape == (1, 200) and np.isfinite(musicnn.embed(wave)).all()


def test_silence_and_full_scale_are_finite(musicnn: Musicnn) -> None:
    """In 16 bits, as musicnn computes it, loud music overflows."""
    for wave in (np.zeros(64_000), np.sign(np.sin(np.arange(64_000) / 20))):
        tags, penultimate = musicnn.analyse(wave.astype(np.float32))
        assert np.isfinite(tags).all() and np.isfinite(penultimate).all()
