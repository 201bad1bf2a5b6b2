"""The music-text embedding that is predicted from visual features."""

from pathlib import Path

import numpy as np
import pytest

from v2meow_pipeline.checkpoint import load_checkpoint, save_checkpoint
from v2meow_pipeline.encoders.music_text_predictor import MusicTextPredictor, PredictorConfig, pool
from v2meow_pipeline.errors import StaleError, V2MeowError

WIDTHS = {"movement": 3, "picture": 5}


def clips(n: int, seed: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Features, and unit vectors that are a linear function of their means."""
    rng = np.random.default_rng(seed)
    features = {name: rng.normal(2, 1, (n, 6, width)).astype(np.float32) for name, width in WIDTHS.items()}
    matrix = np.random.default_rng(0).normal(size=(8, 4))
    means = np.concatenate([values.mean(axis=1) for values in features.values()], axis=1)
    vectors = (means - 2) @ matrix
    return features, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def fitted() -> MusicTextPredictor:
    features, vectors = clips(300, seed=1)
    return MusicTextPredictor.fit(WIDTHS, pool(features), vectors, PredictorConfig())


def test_it_predicts_embeddings_of_clips_that_it_has_not_seen() -> None:
    features, vectors = clips(50, seed=2)
    predicted = fitted().predict(features)
    assert predicted.shape == vectors.shape and predicted.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(predicted, axis=1), 1, rtol=1e-5)
    assert np.sum(predicted * vectors, axis=1).mean() > 0.9
    assert np.sum(predicted * np.roll(vectors, 1, axis=0), axis=1).mean() < 0.2


def test_it_equals_ridge_regression_on_standardised_values() -> None:
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import StandardScaler

    (features, vectors), (others, _) = clips(300, seed=1), clips(20, seed=2)
    predictor = fitted()
    scaler = StandardScaler().fit(pool(features))
    wanted = Ridge(alpha=predictor.alpha).fit(scaler.transform(pool(features)), vectors)
    wanted = wanted.predict(scaler.transform(pool(others)))
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(predictor.predict(others), wanted, atol=1e-4)


def test_further_features_and_a_value_that_never_changes_do_no_harm() -> None:
    features, vectors = clips(100, seed=1)
    features["picture"][..., 0] = 7
    predictor = MusicTextPredictor.fit(WIDTHS, pool(features), vectors, PredictorConfig())
    predicted = predictor.predict({**features, "events": np.zeros((100, 250, 2))})
    assert np.isfinite(predicted).all()


def test_it_is_the_same_from_its_checkpoint(tmp_path: Path) -> None:
    features, _ = clips(5, seed=3)
    predictor = fitted()
    predictor.save(tmp_path / "p", "abc", {"licence": "CC0"})
    np.testing.assert_array_equal(
        MusicTextPredictor.load(tmp_path / "p").predict(features), predictor.predict(features)
    )


def test_other_features_are_refused() -> None:
    features, _ = clips(5, seed=3)
    with pytest.raises(StaleError, match="5 values of picture"):
        fitted().predict({"movement": features["movement"]})
    with pytest.raises(StaleError, match="5 values of picture"):
        fitted().predict({**features, "picture": features["picture"][..., :4]})


@pytest.mark.parametrize("change", ["widths", "weight"])
def test_a_checkpoint_that_contradicts_itself_is_refused(tmp_path: Path, change: str) -> None:
    fitted().save(tmp_path / "p", "abc", {})
    config, weights = load_checkpoint(tmp_path / "p")
    if change == "widths":
        config = {**config, "widths": {"movement": "many"}}
    else:
        weights = {**weights, "weight": weights["weight"][1:]}
    save_checkpoint(tmp_path / "q", config, weights)
    with pytest.raises(V2MeowError):
        MusicTextPredictor.load(tmp_path / "q")
