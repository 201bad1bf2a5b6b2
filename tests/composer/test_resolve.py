"""Which models are used, and that what is evaluated is what is played."""

import importlib
import shutil
from pathlib import Path

import pytest
import yaml
from tests.support.project import ROOT, run
from tests.support.release_makers import make_release

import v2meow_pipeline
from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.composer import Composer, ComposerConfig, composer_of, is_complete, pack, resolve_models
from v2meow_pipeline.composer.release_build import Facts, build_release
from v2meow_pipeline.errors import ConfigError, MissingModelError, V2MeowError
from v2meow_pipeline.evaluation.generate import GenerateConfig
from v2meow_pipeline.release import MODEL_FOLDER, PACKAGE

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")
MODELS = Path("data/06_models")


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """A project with models of its own where the base environment has them."""
    shutil.copytree(trained / "data/test/06_models", tmp_path / "project" / MODELS)
    return tmp_path / "project"


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release that is installed."""
    folder = make_release(tmp_path / "site")
    monkeypatch.syspath_prepend(folder.parent)
    return folder


def test_named_models_come_first_then_the_projects_then_the_release(project: Path, release: Path) -> None:
    """Catches another order, and models that are used without a word."""
    chosen = resolve_models(None, project)
    assert chosen.folder == project / MODELS and "this project's models" in chosen.name
    assert resolve_models("release", project).folder == release / "model"
    assert resolve_models(str(project / MODELS), release).folder == project / MODELS
    shutil.rmtree(project / MODELS / "fine")
    assert not is_complete(project / MODELS)
    chosen = resolve_models(None, project)
    assert chosen == (release / "model", "release 9.1.0 (v2meow-weights)")


def test_without_any_the_way_to_some_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a traceback where models are not trained yet, and a message without the folder that was looked in."""
    monkeypatch.setattr("v2meow_pipeline.composer.resolve.find_release", lambda: None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MissingModelError, match=rf"{tmp_path}/data/06_models do not exist.*project's folder.*--model"):
        resolve_models()
    with pytest.raises(MissingModelError, match=r"do not exist, and no release.*kedro run --pipeline train"):
        resolve_models(None, tmp_path)
    (tmp_path / MODELS / "semantic").mkdir(parents=True)
    with pytest.raises(MissingModelError, match="are incomplete"):
        resolve_models(None, tmp_path)


def test_registered_models_need_the_registry(tmp_path: Path) -> None:
    """Catches a registered model that is looked for as a folder."""
    with pytest.raises(ConfigError, match="is a registered model"):
        resolve_models("models:/v2meow@champion", tmp_path)
    found = resolve_models("models:/v2meow@champion", tmp_path, lambda uri: tmp_path / uri[-8:])
    assert found == (tmp_path / "champion", "models:/v2meow@champion")


def test_what_evaluate_measures_is_what_generate_plays(trained: Path) -> None:
    """Catches a second set of defaults: another temperature, decoder or guard for people than for the evaluation."""
    evaluated = GenerateConfig.parse(load_config(trained, "test", "parameters")["generate"]).composer
    models = trained / "data/test/06_models"
    assert composer_of(models) == evaluated
    assert Composer.from_pretrained(models).config == evaluated
    assert evaluated.of("coarse").temperature == evaluated.of("coarse_audio").temperature == 0.8


def test_the_evaluation_of_another_sampling_is_recorded(trained: Path, tmp_path: Path) -> None:
    """Catches a record that only the first training writes."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
    (project / "conf/local").mkdir()
    (project / "src").mkdir()
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, project / name)
    values = {"generate": {"composer": {"sampling": {"coarse": {"temperature": 0.7}}}}}
    (project / "conf/local/parameters.yml").write_text(yaml.safe_dump(values))
    run(project, "kedro", "run", "--pipelines", "evaluate", "--nodes", "record_composer")
    assert composer_of(project / MODELS).of("coarse").temperature == 0.7


def test_unrecorded_models_are_sampled_as_in_the_paper(tmp_path: Path) -> None:
    """Catches defaults of ours in the place of the paper's temperatures."""
    config = composer_of(tmp_path)
    assert config == ComposerConfig()
    assert [config.of(name).temperature for name in ("semantic", "coarse", "fine")] == [1.0, 0.95, 0.4]


def test_a_broken_record_is_named(tmp_path: Path) -> None:
    """Catches a record that is ignored, so that other music is played than was measured."""
    (tmp_path / "composer.json").write_text('{"temperature": 1}')
    with pytest.raises(V2MeowError, match=r"composer\.json cannot be read.*record_composer"):
        composer_of(tmp_path)


def test_one_line_begins(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a facade that needs to be told where everything lies."""
    monkeypatch.chdir(project)
    composer = v2meow_pipeline.Composer.from_pretrained()
    assert composer.bundle.folder == MODELS
    assert composer.clock.sample_rate_hz == 16_000


def test_one_line_begins_with_a_bundle_a_folder_or_the_release(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a kind of models that the first line of Python cannot load, or loads with another sampling."""
    models = trained / "data/test/06_models"
    pack(models, composer_of(models), tmp_path / "bundle")
    site = tmp_path / "site" / PACKAGE
    site.mkdir(parents=True)
    (site / "__init__.py").write_text('__version__ = "1.0.0"\n')
    build_release(models, site, Facts())
    monkeypatch.syspath_prepend(site.parent)
    importlib.invalidate_caches()
    folders = {models: models, str(tmp_path / "bundle"): tmp_path / "bundle", "release": site / MODEL_FOLDER}
    for path_or_name, folder in folders.items():
        composer = Composer.from_pretrained(path_or_name)
        assert composer.bundle.folder == folder and composer.config == composer_of(models)


def test_a_folder_without_models_is_named(tmp_path: Path) -> None:
    """Catches a first line of Python that ends in a traceback of our own."""
    with pytest.raises(V2MeowError, match=r"no checkpoint in .*nowhere"):
        Composer.from_pretrained(tmp_path / "nowhere")
