"""VGGish as a judge: windows and variants."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.vggish_weights import write_vggish

from v2meow_pipeline.encoders.base import AudioJudge
from v2meow_pipeline.encoders.vggish.encoder import VARIANTS, Vggish, log_mel_examples, vggish_fingerprint
from v2meow_pipeline.encoders.vggish.log_mel import log_mel
from v2meow_pipeline.encoders.vggish.published import load_published, published_file
from v2meow_pipeline.errors import ConfigError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_vggish(tmp_path_factory.mktemp("vggish"))


@pytest.fixture(scope="module")
def judges(folder: Path) -> dict[str, Vggish]:
    return {name: Vggish(name, folder) for name in VARIANTS}


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    """Three seconds whose highest sample is not their largest."""
    samples = np.random.default_rng(0).normal(scale=0.1, size=48_000).astype(np.float32)
    samples[7_000], samples[30_000] = 0.8, -1.0
    return samples


def test_variants_are_judges_that_cannot_be_mixed_up(judges: dict[str, Vggish], folder: Path) -> None:
    """Catches two variants under one key, or taken for one another by what was heard before."""
    assert all(isinstance(judge, AudioJudge) and judge.name == name for name, judge in judges.items())
    assert len({judge.fingerprint for judge in judges.values()}) == len(VARIANTS)
    assert judges["vggish"].fingerprint == vggish_fingerprint("vggish", folder)
    with pytest.raises(ConfigError, match="vggish_google"):
        Vggish("vggish_pca", folder)


@pytest.mark.parametrize(
    ("name", "samples", "windows"),
    [
        ("vggish", 1, 1),
        ("vggish", 15_600, 1),
        ("vggish", 30_959, 1),
        ("vggish", 30_960, 2),
        ("vggish", 48_000, 3),
        ("vggish_relu", 30_960, 2),
        ("vggish_google", 1, 1),
        ("vggish_google", 23_999, 1),
        ("vggish_google", 24_000, 2),
        ("vggish_google", 48_000, 5),
    ],
)
def test_windows_per_wave(judges: dict[str, Vggish], wave: np.ndarray, name: str, samples: int, windows: int) -> None:
    """A distance between sets depends on how many windows each clip gives."""
    rows = judges[name].embed(wave[:samples])
    assert rows.shape == (windows, 128) and rows.dtype == np.float32 and np.isfinite(rows).all()


def test_only_one_variant_ends_in_a_relu(judges: dict[str, Vggish], wave: np.ndarray) -> None:
    """Catches the last activation in or out where the name says otherwise."""
    plain, rectified = judges["vggish"].embed(wave), judges["vggish_relu"].embed(wave)
    assert (plain < 0).any()
    np.testing.assert_array_equal(rectified, np.maximum(plain, 0))


def test_adjoining_windows_are_those_of_the_ports(folder: Path, judges: dict[str, Vggish], wave: np.ndarray) -> None:
    """Catches windows that overlap, or leave frames out."""
    mel = log_mel(wave)
    examples = torch.from_numpy(np.stack([mel[:96], mel[96:192], mel[192:288]]))
    expected = load_published(published_file(folder))(examples).detach().numpy()
    np.testing.assert_allclose(judges["vggish"].embed(wave), expected, rtol=1e-4, atol=1e-5)


def test_googles_windows_are_seconds_heard_one_by_one(
    folder: Path, judges: dict[str, Vggish], wave: np.ndarray
) -> None:
    """Catches another hop, frames of the next second, and a peak taken from magnitudes (here the lowest sample)."""
    louder = wave / 0.8
    seconds = [louder[start : start + 16_000] for start in range(0, 48_000 - 16_000 + 1, 8_000)]
    examples = torch.from_numpy(np.stack([log_mel(second)[:96] for second in seconds]))
    expected = load_published(published_file(folder))(examples).detach().numpy()
    np.testing.assert_allclose(judges["vggish_google"].embed(wave), expected, rtol=1e-3, atol=1e-4)


def test_quiet_waves_become_ten_times_louder_at_most(wave: np.ndarray) -> None:
    """Catches silence that is divided by nothing, and a hiss that is raised to full scale."""
    google = VARIANTS["vggish_google"]
    np.testing.assert_allclose(log_mel_examples(0.01 * wave, google)[0], log_mel(0.1 * wave)[:96], atol=1e-4)
    assert np.isfinite(log_mel_examples(np.zeros(16_000), google)).all()
