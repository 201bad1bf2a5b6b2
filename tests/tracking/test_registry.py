"""The model registry: what is registered, which version is the champion, and whom a folder is taken from."""

import json
import pickle
import re
import shutil
import sqlite3
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow.exceptions import MlflowException
from tests.support.project import run
from tests.support.small_models import make_small_models

from v2meow_pipeline.app.demo import real_clip
from v2meow_pipeline.app.environment import resolve
from v2meow_pipeline.checkpoint import CONFIG_NAME, HASH
from v2meow_pipeline.composer import Composer, ComposerConfig, composer_of, describe_bundle, generate
from v2meow_pipeline.errors import ConfigError, MissingModelError, StaleError, V2MeowError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.tracking import registry
from v2meow_pipeline.tracking.runs import TrackingConfig, connect

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")
MODELS = "data/test/06_models"
REGISTERED = "models:/v2meow-test@candidate"


class _Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.marker,)  # type: ignore[return-value]


def _three_versions() -> None:
    client = mlflow.MlflowClient()
    client.create_registered_model("m")
    for _ in range(3):
        client.create_model_version("m", "/nowhere")


def test_a_training_registers_its_models_as_the_candidate(trained: Path) -> None:
    """Catches models that are trained and then nowhere to be found, or without what tells them apart."""
    listed = run(trained, "v2meow", "registry", "list", "--env", "test")
    assert listed.startswith("models:/v2meow-test/1 (candidate)")
    others = run(trained, "v2meow", "registry", "list")
    assert others.startswith("No v2meow is registered") and "(--env): v2meow-test." in others
    assert re.search(r" \d+ clips \([0-9a-f]{16}\)  .*semantic/val/loss \d", listed)
    with sqlite3.connect(trained / "mlruns/mlflow.db") as database:
        tags = dict(database.execute("select key, value from model_version_tags"))
    assert {"fingerprint", "content", "git.commit", "env", "pipeline", "score.semantic/val/loss"} <= set(tags)
    assert "score.fad_speech_embedding" in tags
    assert tags["fingerprint"] == Composer.from_pretrained(trained / MODELS).bundle.fingerprint


def test_a_registered_model_makes_the_same_music_as_its_folder(trained: Path, tmp_path: Path) -> None:
    """Catches a bundle that lacks a part, or is sampled in another way than the models it was made of."""
    registered = resolve(REGISTERED, trained)
    for name, models in {"a": trained / MODELS, "b": registered}.items():
        generate(real_clip(), tmp_path / f"{name}.mp4", models=models, seed=3)
    first, second = (read_audio(tmp_path / f"{name}.mp4", 16_000, 0.0, 10.0) for name in "ab")
    np.testing.assert_array_equal(first, second)
    names = {path.relative_to(registered).as_posix() for path in registered.rglob("*") if path.is_file()}
    assert {name.rsplit("/", 1)[-1] for name in names} == {"config.json", "weights.safetensors", "bundle.json"}


def test_the_command_takes_a_registered_model(trained: Path, tmp_path: Path) -> None:
    """Catches a model that only the folder's name reaches, and an unknown one that ends in a traceback."""
    words = ("v2meow", "generate", str(real_clip()), "-o", str(tmp_path / "o.mp4"), "--model")
    told = run(trained, *words, "models:/v2meow@champion", code=2)
    assert "There is no models:/v2meow@champion" in told and told.count("\n") == 1
    assert not (tmp_path / "o.mp4").exists()
    run(trained, *words, REGISTERED)
    assert (tmp_path / "o.mp4").exists()


def test_the_same_models_are_registered_once(trained: Path, tracked: Path) -> None:
    """Catches a new version for every run that found its models up to date."""
    first = registry.register(trained / MODELS, ComposerConfig(), "m", {"env": "a"})
    again = registry.register(trained / MODELS, ComposerConfig(), "m", {"env": "b"})
    assert first.version == again.version == 1
    assert again.aliases == ("candidate",) and again.tags["env"] == "a"
    registry.tag_scores("m", first.tags["fingerprint"], {"x": 1.5, "none": float("nan")})
    tags = registry.find("models:/m/1").tags
    assert tags["score.x"] == "1.5" and "score.none" not in tags


def test_promotion_remembers_and_rollback_returns(project: Path) -> None:
    """Catches a rollback that forgets, goes round in circles, or needs to be told where to."""
    connect(project, TrackingConfig())
    _three_versions()
    with pytest.raises(V2MeowError, match="no other champion"):
        registry.rollback("m")
    for number in ("1", "2", "3"):
        registry.promote("m", number, reason=f"better than before {number}")
    registry.promote("m", "3")
    assert registry.previous("m") == 2
    assert registry.rollback("m").version == 2
    assert registry.rollback("m").version == 1
    with pytest.raises(V2MeowError, match="no other champion"):
        registry.rollback("m")
    assert registry.champion("m") == registry.find("models:/m@champion")
    assert registry.find("models:/m/3").tags["champion.reason"] == "better than before 3"


def test_a_rollback_passes_over_what_was_deleted(project: Path) -> None:
    """Catches a champion that is a version which no longer exists."""
    connect(project, TrackingConfig())
    _three_versions()
    for number in ("1", "2", "3"):
        registry.promote("m", number)
    mlflow.MlflowClient().delete_model_version("m", "2")
    assert registry.rollback("m").version == 1


@pytest.mark.parametrize("uri", ["models:/", "models:/m", "models:/m/latest", "models:/m@", "models:/a/b/3"])
def test_another_form_of_name_is_refused(project: Path, uri: str) -> None:
    """Catches a model that is chosen by a guess."""
    connect(project, TrackingConfig())
    with pytest.raises(ConfigError):
        registry.find(uri)


def test_nothing_of_a_strangers_model_is_unpickled(trained: Path, tracked: Path, tmp_path: Path) -> None:
    """Catches a registered model that runs its author's code on whoever loads it."""
    version = registry.register(trained / MODELS, ComposerConfig(), "m", {})
    folder, marker = registry.resolve(version.uri), tmp_path / "exploded"
    for name in ("python_model.pkl", "semantic/checkpoint/last.ckpt", "semantic/checkpoint/pytorch_model.bin"):
        (folder / name).write_bytes(pickle.dumps(_Bomb(marker)))
    (folder.parents[1] / "python_model.pkl").write_bytes(pickle.dumps(_Bomb(marker)))
    with pytest.raises(V2MeowError, match="which no bundle needs"):
        registry.resolve(version.uri)
    mlflow.pyfunc.load_model(version.uri)
    assert not marker.exists()
    pickle.loads(pickle.dumps(_Bomb(marker)))
    assert marker.exists()


def test_a_pickled_model_under_our_name_is_not_loaded(tracked: Path, tmp_path: Path) -> None:
    """Catches a champion that someone replaced by a model of another kind, whose loading runs what they wrote."""

    class Stranger(mlflow.pyfunc.PythonModel):
        def __init__(self) -> None:
            self.bomb = _Bomb(tmp_path / "exploded")

        def predict(self, context, model_input, params=None):
            return model_input

    mlflow.pyfunc.log_model(name="m", python_model=Stranger(), registered_model_name="m", pip_requirements=[])
    with pytest.raises(MlflowException, match="pickle is disallowed"):
        mlflow.pyfunc.load_model("models:/m/1")
    with pytest.raises(MissingModelError):
        registry.resolve("models:/m/1")
    assert not (tmp_path / "exploded").exists()


def test_changed_files_are_refused(trained: Path, tracked: Path) -> None:
    """Catches a champion whose weights are not those that were scored."""
    version = registry.register(trained / MODELS, ComposerConfig(), "m", {})
    config = registry.resolve(version.uri) / "fine/checkpoint" / CONFIG_NAME
    config.write_text(config.read_text().replace('"fingerprint": "', '"fingerprint": "0'))
    with pytest.raises(V2MeowError, match="not those that were registered"):
        registry.resolve(version.uri)


def test_weights_without_a_hash_are_refused(tracked: Path, tmp_path: Path) -> None:
    """Catches a version of another program whose damaged weights would be loaded."""
    models = make_small_models(tmp_path / "models")
    version = registry.register(models, composer_of(models), "m", {})
    folder = registry.resolve(version.uri)
    config = folder / "acoustic_tokenizer" / CONFIG_NAME
    config.write_text(json.dumps({k: v for k, v in json.loads(config.read_text()).items() if k != HASH}))
    content = describe_bundle(folder, composer_of(folder)).content
    mlflow.MlflowClient().set_model_version_tag("m", "1", "content", content)
    with pytest.raises(V2MeowError, match=f"acoustic_tokenizer in .* has no {HASH}"):
        registry.resolve(version.uri)


def test_an_encoder_of_another_release_is_refused(trained: Path, tracked: Path) -> None:
    """Catches music to features that the models were not trained on."""
    version = registry.register(trained / MODELS, ComposerConfig(), "m", {})
    card = registry.resolve(version.uri) / "bundle.json"
    card.write_text(card.read_text().replace('"flow_statistics": "', '"flow_statistics": "0'))
    with pytest.raises(StaleError, match="flow_statistics"):
        Composer.from_pretrained(card.parent).bundle.visual_encoders()


def test_files_that_are_gone_are_named(trained: Path, tracked: Path) -> None:
    """Catches a moved project whose champion fails with a stranger's traceback."""
    version = registry.register(trained / MODELS, ComposerConfig(), "m", {})
    shutil.rmtree(tracked / "mlruns" / "artifacts")
    with pytest.raises(MissingModelError, match="v2meow repair"):
        registry.resolve(version.uri)
