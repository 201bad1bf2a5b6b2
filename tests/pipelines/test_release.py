"""The release in a fresh clone: evaluated without any training, and trained on."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support.project import command, make_project, run

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.composer import Bundle
from v2meow_pipeline.composer.release_build import Facts, build_release
from v2meow_pipeline.release import PACKAGE, Release

pytestmark = [pytest.mark.xdist_group("trained"), pytest.mark.slow]
DATA = Path("data/test")


@pytest.fixture(scope="module")
def release(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the models of the test environment."""
    folder = tmp_path_factory.mktemp("site") / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text('__version__ = "1.0.0"\n')
    return build_release(trained / DATA / "06_models", folder, Facts())


@pytest.fixture
def installed(release: Release, monkeypatch: pytest.MonkeyPatch) -> Release:
    """The same where commands find it."""
    path = [str(release.folder.parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    return release


def _kedro(project: Path, pipeline: str, params: str) -> None:
    run(project, "kedro", "run", "--env", "test", "--pipelines", pipeline, "--params", params)


def test_a_fresh_clone_evaluates_the_release_on_any_corpus(installed: Release, tmp_path: Path) -> None:
    """Catches an evaluation that wants a training, training clips, or the corpus that the release was trained on."""
    project = make_project(tmp_path / "project")
    _kedro(project, "evaluate", "evaluate.model=release,corpus.synthetic.seed=5")
    assert [path.name for path in (project / DATA).iterdir()] == ["release_evaluation"]
    reporting = project / DATA / "release_evaluation/08_reporting"
    metrics = json.loads((reporting / "metrics.json").read_text())
    systems = {row["system"] for row in metrics["summary"]}
    assert systems >= {"v2meow", "v2meow_without_video", "rules", "codec_resynthesis", "random_shuffle", "click_track"}
    assert not systems & {"nearest_training_clip", "genre_prior"}
    assert any("no clip of this corpus was trained on" in note for note in metrics["notes"])
    evaluated = json.loads((reporting / "evaluated_model.json").read_text())
    assert evaluated["content"] == installed.manifest.content


def test_a_fresh_clone_diagnoses_the_release(installed: Release, tmp_path: Path) -> None:
    """Catches a diagnosis of the project's own models, of which there are none, and one without genres."""
    project = make_project(tmp_path / "project")
    _kedro(project, "diagnose", "evaluate.model=release,corpus.synthetic.clips.judge=24,diagnose.clips=4")
    metrics = json.loads((project / DATA / "release_evaluation/08_reporting/diagnosis/metrics.json").read_text())
    found = {(row["system"], row["metric"]) for row in metrics["summary"]}
    assert {system for system, _ in found} >= {"codec_resynthesis", "true_semantic", "all_generated"}
    assert ("all_generated", "genre_accuracy_speech_embedding") in found
    assert ("all_generated", "bits_per_second_semantic") in found


def test_a_training_starts_from_the_release(installed: Release, trained: Path, tmp_path: Path) -> None:
    """Catches tokenizers that are fitted anew under the release's stages, and models that do not belong together."""
    project = tmp_path / "project"
    shutil.copytree(trained, project)
    _kedro(project, "train", "from_scratch=false")
    models = project / DATA / "06_models"
    for name in ("semantic_tokenizer", "acoustic_tokenizer", "music_text"):
        assert read_config(models / name)["fingerprint"] == installed.manifest.parts[name].made_by
    own, theirs = (read_config(folder / "semantic/checkpoint") for folder in (models, trained / DATA / "06_models"))
    assert own["fit"]["warm_start"] == "release" and own["fingerprint"] != theirs["fingerprint"]
    Bundle.load(models)


def test_nothing_is_trained_into_the_release(installed: Release, trained: Path) -> None:
    """Catches a run that writes into the installed package, or over the project's data."""
    for pipeline, params in (("train", "evaluate.model=release"), ("evaluate_release", "backend=local")):
        done = subprocess.run(
            [command("kedro"), "run", "--env", "test", "--pipelines", pipeline, "--params", params],
            cwd=trained,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode and "is supported by the pipelines evaluate and diagnose" in done.stdout + done.stderr
