"""Phase retrieval."""

import numpy as np
import torch
from tests.support.simple_music import music

from v2meow_pipeline.tokenizers.griffin_lim import griffin_lim
from v2meow_pipeline.tokenizers.log_mel import magnitudes

HOP, PAD = 320, 480


def _error(wave: np.ndarray, target: np.ndarray) -> float:
    """Relative error of all frames that other frames overlap on both sides."""
    inside = slice(4, -4)
    made = magnitudes(wave, len(target), 4 * HOP, HOP)
    return float(np.linalg.norm((made - target)[inside]) / np.linalg.norm(target[inside]))


def test_spectra_converge_to_the_target() -> None:
    """A wrong window normalisation keeps Griffin-Lim from any convergence."""
    target = magnitudes(music(0, duration_s=1), 50, 4 * HOP, HOP)
    errors = []
    for steps in (1, 10, 60):
        wave = griffin_lim(torch.from_numpy(target), HOP, seed=0, steps=steps).numpy()
        assert wave.shape == (53 * HOP,)
        errors.append(_error(wave[PAD:-PAD], target))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.15


def test_a_known_start_is_kept_and_continued() -> None:
    """A prefix that is only the first guess is forgotten after some steps, and seams click."""
    source = music(0, duration_s=1)
    target = magnitudes(source, 50, 4 * HOP, HOP)
    prefix = torch.from_numpy(np.pad(source, (PAD, 0))[: 20 * HOP].copy())
    wave = griffin_lim(torch.from_numpy(target), HOP, seed=0, prefix=prefix)
    torch.testing.assert_close(wave[: 20 * HOP], prefix)
    after, truth = wave[20 * HOP : 20 * HOP + 160].numpy(), source[20 * HOP - PAD : 20 * HOP - PAD + 160]
    assert np.corrcoef(after, truth)[0, 1] > 0.9


def test_refine_changes_the_target() -> None:
    """Bands, not one guess of the spectrum, must rule: here refine asks for silence."""
    target = torch.rand(20, 641)
    wave = griffin_lim(target, HOP, seed=0, steps=12, refine=torch.zeros_like)
    assert not wave.any()
