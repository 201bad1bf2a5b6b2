"""A run that evaluates the release, or starts from it: what of its configuration is the release's."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader
from tests.support.project import ROOT

from v2meow_pipeline.app.demo import DemoConfig, parts
from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.composer.release_build import Facts, build_release
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.jobs.release_evaluation import release_catalog, release_parameters
from v2meow_pipeline.jobs.release_start import start_parameters
from v2meow_pipeline.release import PACKAGE, Release
from v2meow_pipeline.settings import CONFIG_LOADER_ARGS

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")


@pytest.fixture(scope="module")
def release(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the models of the test environment."""
    folder = tmp_path_factory.mktemp("site") / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text('__version__ = "1.0.0"\n')
    return build_release(trained / "data/test/06_models", folder, Facts())


@pytest.fixture
def parameters() -> dict[str, Any]:
    """Of the embedded default, whose models have other sizes than the release's."""
    return load_config(ROOT, "base", "parameters")


def test_everything_but_the_models_lies_in_a_folder_of_its_own(release: Release) -> None:
    """Catches an evaluation of the release that replaces the project's clips, tokens or scores."""
    loader = OmegaConfigLoader(str(ROOT / "conf"), **{**CONFIG_LOADER_ARGS, "env": "base"})
    catalog = release_catalog(loader["catalog"], "data", release)
    places = {name: entry["filepath"] for name, entry in catalog.items() if "filepath" in entry}
    assert places.pop("tuned_environment") == "conf/tuned"  # of another pipeline
    for name, place in places.items():
        assert place.startswith((f"{release.folder}", "data/release_evaluation/")), name
    assert places["acoustic_tokenizer"] == f"{release.folder}/acoustic_tokenizer"
    assert places["clip_manifest"] == "data/release_evaluation/02_intermediate/clip_manifest.parquet"
    options = catalog["clip_manifest"]["validator"]["options"]
    assert options == {"data_docs": "data/release_evaluation/08_reporting/data_docs", "needs_training": False}
    assert loader["catalog"]["clip_manifest"]["filepath"].startswith("data/02_intermediate")


def test_the_release_is_sampled_as_it_is_played(parameters: dict[str, Any], release: Release) -> None:
    """Catches a release that is scored with the project's sampling, clock or training clips."""
    card = json.loads((release.folder / "bundle.json").read_text())
    parameters["generate"]["composer"]["sampling"] = {}
    parameters["clock"]["acoustic_hz"] = 25
    found = release_parameters(parameters, release)
    assert found["generate"]["composer"] == card["composer"]
    assert found["clock"]["acoustic_hz"] == 50
    assert {name: count for name, count in found["corpus"]["synthetic"]["clips"].items() if count} == {"test_iid": 24}
    assert found["ingest"]["splits"] == ["test-iid", "judge"]
    assert parameters["clock"]["acoustic_hz"] == 25


def test_a_training_from_the_release_has_its_sizes(parameters: dict[str, Any], release: Release) -> None:
    """Catches stages of other sizes, whose weights could not be taken over."""
    parameters["coarse"]["train"]["warm_start"] = "coarse_audio"
    found = start_parameters(parameters, release)
    assert found["semantic"]["model"]["transformer"]["width"] == 32
    assert found["semantic"]["model"]["stage"] == "semantic" and "clock" not in found["semantic"]["model"]
    assert found["semantic"]["train"] == {**parameters["semantic"]["train"], "warm_start": "release"}
    assert found["coarse"]["train"]["warm_start"] == "coarse_audio"
    parameters["visual"]["variant"] = "clip"
    with pytest.raises(ConfigError, match=r"efficientnet_lite0, flow_statistics, but .visual. selects eff"):
        start_parameters(parameters, release)


def test_the_demo_begins_with_the_release(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a first soundtrack that waits for a training, and a switch that does nothing."""
    config = DemoConfig(train={"max_steps": 60})
    with monkeypatch.context() as nothing_installed:
        nothing_installed.setattr("v2meow_pipeline.release.find_release", lambda: None)
        assert [part.name for part in parts(tmp_path, config)] == ["train", "evaluate", "soundtrack"]
        assert "--params" not in parts(tmp_path, config)[0].command
    monkeypatch.syspath_prepend(release.folder.parents[1])
    first, train, *_ = parts(tmp_path, config)
    assert first.command[:2] == [str(Path(sys.executable).parent / "v2meow"), "generate"]
    assert first.command[-2:] == ["--model", "release"]
    stages = ("semantic", "coarse", "fine")
    assert train.command[-1] == ",".join(["from_scratch=false", *(f"{name}.train.max_steps=60" for name in stages)])
    first, train, *_ = parts(tmp_path, DemoConfig(from_scratch=True))
    assert first.name == "soundtrack by the release" and train.command[-1] == "train"
