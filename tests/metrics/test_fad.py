import warnings

import numpy as np
import pytest
import scipy.linalg

from v2meow_pipeline.metrics import fad


def frames(n: int = 400, d: int = 8, seed: int = 0, scale: float = 1.0, shift: float = 0.0) -> np.ndarray:
    mixing = np.random.default_rng(99).normal(size=(d, d))
    return np.random.default_rng(seed).normal(size=(n, d)) @ mixing * scale + shift


def formula_of_the_package(x: np.ndarray, y: np.ndarray) -> float:
    """What the frechet-audio-distance package computes, through scipy's general matrix square root."""
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    cov_x, cov_y = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    root = np.asarray(scipy.linalg.sqrtm(cov_x @ cov_y)).real
    return float(((mean_x - mean_y) ** 2).sum() + np.trace(cov_x) + np.trace(cov_y) - 2 * np.trace(root))


def test_closed_form_of_diagonal_gaussians() -> None:
    """A distance in place of its square, or a root of the wrong product."""
    mean_1, mean_2 = np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 0.0])
    std_1, std_2 = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 0.5])
    first = fad.Gaussian(mean_1, np.diag(std_1**2), 100)
    second = fad.Gaussian(mean_2, np.diag(std_2**2), 100)
    expected = ((mean_1 - mean_2) ** 2).sum() + ((std_1 - std_2) ** 2).sum()
    assert fad.frechet_distance(first, second) == pytest.approx(expected, abs=1e-12)


def test_covariance_is_unbiased() -> None:
    x = frames(n=5, d=2)
    np.testing.assert_allclose(fad.gaussian(x).covariance, np.cov(x, rowvar=False), rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_equals_an_independent_formula(seed: int) -> None:
    x, y = frames(seed=seed), frames(seed=seed + 10, scale=1.3, shift=0.4)
    ours = fad.frechet_audio_distance(x, y)
    assert ours.distance == pytest.approx(formula_of_the_package(x, y), rel=1e-9)
    assert (ours.n_reference, ours.n_generated) == (400, 400)


def test_float32_embeddings_are_computed_in_float64() -> None:
    """Sums of squares in float32 lose the distance of embeddings with a large offset."""
    x, y = frames(shift=1000.0).astype(np.float32), frames(seed=5, shift=1000.0).astype(np.float32)
    expected = formula_of_the_package(x.astype(np.float64), y.astype(np.float64))
    assert fad.frechet_audio_distance(x, y).distance == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("n", "d"), [(400, 8), (20, 50)])
def test_identical_and_permuted_input_is_zero(n: int, d: int) -> None:
    """Noise eigenvalues of a rank-deficient covariance, rooted, grow from 1e-16 to 1e-8 each."""
    x = frames(n, d)
    permuted = np.random.default_rng(1).permutation(x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fad.QualityWarning)
        assert fad.frechet_audio_distance(x, x).distance == pytest.approx(0.0, abs=1e-9)
        assert fad.frechet_audio_distance(x, permuted).distance == pytest.approx(0.0, abs=1e-9)


def test_symmetric() -> None:
    x, y = frames(), frames(seed=3, scale=2.0)
    there, back = fad.frechet_audio_distance(x, y).distance, fad.frechet_audio_distance(y, x).distance
    assert there == pytest.approx(back, rel=1e-10)


def test_fewer_frames_than_dimensions_warns_and_is_noted() -> None:
    with pytest.warns(fad.QualityWarning, match="rank-deficient"):
        score = fad.frechet_audio_distance(frames(10, 30), frames(50, 30, seed=2))
    assert "10" in score.note


def test_constant_embeddings_as_of_silence_have_a_distance() -> None:
    x, silence = frames(), np.zeros((400, 8))
    expected = (x.mean(axis=0) ** 2).sum() + np.trace(np.cov(x, rowvar=False))
    assert fad.frechet_audio_distance(x, silence).distance == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (np.zeros((1, 8)), "1 frame"),
        (np.zeros((0, 8)), "0 frames"),
        (np.zeros(8), "shape"),
        (np.full((5, 8), np.nan), "not finite"),
        (np.zeros((5, 9)), "dimensions"),
    ],
)
def test_embeddings_that_have_no_distance_raise(bad: np.ndarray, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        fad.frechet_audio_distance(frames(), bad)


def test_per_clip_distance_equals_the_general_one() -> None:
    """The short cut through a clip's own few frames must be the same number."""
    reference, clip = frames(500, 12), frames(6, 12, seed=4, shift=0.3)
    of_clip = fad.frechet_distance_of_clip(fad.gaussian(reference), clip)
    general = fad.frechet_distance(fad.gaussian(reference), fad.gaussian(clip))
    assert of_clip == pytest.approx(general, rel=1e-6)


def test_infinity_removes_the_bias_of_few_frames() -> None:
    """FAD of two samples of one distribution is well above 0 at small n; extrapolated, it is near 0."""
    reference, generated = frames(20_000, 16), frames(400, 16, seed=7)
    plain = fad.frechet_audio_distance(reference, generated).distance
    infinite = fad.fad_infinity(reference, generated, seed=3)
    assert abs(infinite.distance) < 0.5 * plain
    assert infinite.slope > 0 and infinite.r_squared > 0.5
    assert infinite.n_generated == 400
    assert infinite == fad.fad_infinity(reference, generated, seed=3)
