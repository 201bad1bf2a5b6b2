"""What DVC is told of an environment."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.project import ROOT, make_project

from v2meow_pipeline.app.dvc_parameters import deciding, networks_used, write_parameters
from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.errors import ConfigError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project on its embedded default."""
    return make_project(tmp_path / "project")


def _write(project: Path) -> dict[str, Any]:
    write_parameters(project, project / "parameters.yml")
    return yaml.safe_load((project / "parameters.yml").read_text())


def _settings(project: Path, **changes: str) -> None:
    path = project / "params.yaml"
    settings = yaml.safe_load(path.read_text())
    for name, value in changes.items():
        (settings["parts"] if name in settings["parts"] else settings)[name] = value
    path.write_text(yaml.safe_dump(settings))


def _local(project: Path, text: str) -> None:
    (project / "conf/local/parameters.yml").write_text(text)


def test_what_is_recorded_is_what_kedro_uses(project: Path) -> None:
    """Catches a recorded value that another layer of conf/ overrides, such as a person's own conf/local."""
    _local(project, "semantic: {train: {lr: 0.5}}")
    recorded = _write(project)
    assert recorded["semantic"]["train"]["lr"] == 0.5
    assert recorded["coarse"] == deciding(load_config(ROOT, "base", "parameters"))["coarse"]
    _settings(project, env="test", data="data/test")
    assert _write(project)["semantic"]["train"]["max_steps"] == 4


def test_the_number_of_processes_reruns_nothing(project: Path) -> None:
    """Catches a corpus that is made again because a machine has more cores."""
    before = _write(project)
    elsewhere = "{backend: local, ray: {workers: 2}, features: {workers: 9}"
    _local(project, elsewhere + ", corpus: {synthetic: {workers: 9}, aistpp: {download: {attempts: 9}}}}")
    assert _write(project) == before


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("codec: soundstream", {"codec": "data/06_models/soundstream"}),
        ("visual: {variant: vit+i3d, encoders: {i3d: flow_statistics}}", {"visual_tokens": "data/06_models/vitvqgan"}),
        ("semantic_tokenizer: {features: w2v_bert}", {"semantic": "data/06_models/w2v_bert"}),
        ("music_text: {space: mulan}", {"music_text": "data/06_models/mulan"}),
        ("coarse: {train: {warm_start: coarse_audio}}", {"start": "data/06_models/coarse_audio"}),
        ("generate: {composer: {path: direct}}", {"path": "data/06_models/coarse_direct"}),
        ("generate: {composer: {decoder: vocoder}}", {"decoder": "data/06_models/vocoder"}),
        ("corpus: {source: folder, folder: {path: data/01_raw/mine}}", {"videos": "data/01_raw/mine"}),
        ("corpus: {source: musiccaps}", {"videos": "data/01_raw/musiccaps"}),
    ],
)
def test_a_choice_that_dvc_does_not_see_is_refused(project: Path, text: str, settings: dict[str, str]) -> None:
    """Catches results that depend on a network or on videos whose change DVC would not notice."""
    _local(project, text)
    with pytest.raises(ConfigError, match=r"params\.yaml"):
        _write(project)
    _settings(project, **settings)
    _write(project)


def test_a_network_that_is_not_used_is_refused(project: Path) -> None:
    """Catches an hour of training for a network that nothing uses."""
    _settings(project, codec="data/06_models/soundstream")
    with pytest.raises(ConfigError, match="no network"):
        _write(project)


def test_the_data_are_those_of_the_environment(project: Path) -> None:
    """Catches outs of one environment that are recorded for another."""
    _settings(project, env="test")
    with pytest.raises(ConfigError, match="data: data/test"):
        _write(project)


def test_the_papers_environment_uses_its_networks() -> None:
    """Catches a choice that is not looked at."""
    assert networks_used(load_config(ROOT, "paper", "parameters")) == {"i3d_flow", "w2v_bert", "soundstream", "mulan"}
