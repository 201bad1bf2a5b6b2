"""dvc.yaml that is generated for an environment."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.repo import Repo
from kedro.pipeline import Pipeline
from tests.support.project import ROOT, git, make_project

from v2meow_pipeline.app.dvc import check_generated, write_files, write_parameters
from v2meow_pipeline.app.dvc.components import networks_used
from v2meow_pipeline.app.dvc.files import generate_files
from v2meow_pipeline.app.dvc.parameters import result_parameters
from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.pipeline_registry import register_pipelines

MAIN, ON_DEMAND = Path("dvc.yaml"), Path("networks/dvc.yaml")
# Pipelines that are no stage: sums of stages; a search and a round of retraining, which choose parameters and models
# for later runs; the ablation, whose trainings resume by themselves; the diagnosis, which runs on any models; and the
# evaluation of a release, in whose place `dvc repro` evaluates what it trained.
SUMS = {"tokenize", "stages", "networks", "train", "evaluate", "__default__"}
NOT_REPRODUCED = {"tune", "retrain", "ablation", "diagnose", "evaluate_release", "diagnose_release"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project on its embedded default."""
    return make_project(tmp_path / "project")


@cache
def default_stages() -> dict[str, Any]:
    """All stages of this repository."""
    return stages(ROOT)


def stages(project: Path, env: str = "local") -> dict[str, Any]:
    """All stages of both files."""
    texts = generate_files(project, env)
    return {name: stage for text in texts.values() for name, stage in yaml.safe_load(text)["stages"].items()}


def outs(stage: dict[str, Any]) -> list[str]:
    """Paths that a stage writes."""
    entries = [entry for section in ("outs", "metrics", "plots") for entry in stage.get(section, [])]
    return [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]


def local(project: Path, text: str) -> None:
    """Overrides parameters as a user does."""
    (project / "conf/local/parameters.yml").write_text(text)


def test_the_committed_files_are_up_to_date(project: Path) -> None:
    """Catches a change of pipelines, catalog, parameters or imports after which `make dvc` was not run."""
    for path, text in generate_files(project, "local").items():
        assert (ROOT / path).read_text() == text, f"{path}: run `make dvc`"


def test_every_pipeline_is_one_stage() -> None:
    """Catches a new pipeline that `dvc repro` does not know of."""
    found = set(default_stages()) - {"parameters"}
    pipelines = {name: pipeline for name, pipeline in register_pipelines().items() if ":" not in name}
    assert found | SUMS | (NOT_REPRODUCED & set(pipelines)) == set(pipelines)
    every = sum((pipelines[name] for name in found), Pipeline([]))
    for name in SUMS:
        assert set(pipelines[name].nodes) <= set(every.nodes)


def test_no_two_stages_write_the_same_path() -> None:
    """Catches an output that two stages own, which DVC refuses."""
    owners = [(path, name) for name, stage in default_stages().items() for path in outs(stage)]
    for path, name in owners:
        others = [other for one, other in owners if other != name and Path(path).is_relative_to(one)]
        assert not others, (path, name, others)


def test_every_dependency_is_code_or_written_by_a_stage() -> None:
    """Catches a dependency that nothing makes: `dvc repro` would stop there."""
    found = default_stages()
    written = [path for stage in found.values() for path in outs(stage)]
    for name, stage in found.items():
        for dep in stage["deps"]:
            made = any(Path(dep).is_relative_to(path) or Path(path).is_relative_to(dep) for path in written)
            assert made or (ROOT / dep).exists() or dep == "conf/local", (name, dep)


def test_dvc_reads_the_files(project: Path) -> None:
    """Catches YAML that DVC does not accept, and an order of stages that is a cycle."""
    write_files(project, "test")
    (project / ".dvc").mkdir()
    git(project, "init", "-q")
    with Repo(str(project)) as repo:
        names = {stage.name for stage in repo.index.stages}
        repo.index.check_graph()
    assert {"ingest", "semantic", "soundstream", "score"} <= names


@pytest.mark.parametrize(
    ("dependency", "stage"),
    [
        ("src/v2meow_pipeline/models", "semantic"),
        ("src/v2meow_pipeline/training", "coarse"),
        ("src/v2meow_pipeline/jobs/stage_job.py", "fine"),
        ("src/v2meow_pipeline/corpus/sources", "ingest"),
        ("src/v2meow_pipeline/validation", "ingest"),
        ("src/v2meow_pipeline/metrics", "score"),
        ("src/v2meow_pipeline/composer", "generate"),
        ("data/04_feature/visual_features", "semantic"),
        ("data/06_models/semantic", "generate"),
        ("data/07_model_output/generated", "score"),
        ("data/01_raw/videos", "features"),
    ],
)
def test_what_decides_is_a_dependency(dependency: str, stage: str) -> None:
    """Catches a change of code or data after which `dvc repro` says that all is current."""
    assert any(dep.startswith(dependency) for dep in default_stages()[stage]["deps"])


def test_orchestration_is_no_dependency() -> None:
    """Catches a new progress bar that trains every model again."""
    for stage in default_stages().values():
        for name in ("progress", "tracking", "executors", "experiments", "hooks", "app"):
            assert not any(dep.startswith(f"src/v2meow_pipeline/{name}") for dep in stage["deps"])


CHOICES = """
codec: soundstream
visual: {variant: vit+i3d, encoders: {i3d: flow_statistics}}
semantic_tokenizer: {features: w2v_bert}
music_text: {space: mulan}
generate: {composer: {path: direct, decoder: vocoder, predict_music_text: true, audio_prompts: true}}
"""


def test_networks_that_are_used_are_stages_and_dependencies(project: Path) -> None:
    """Catches results that depend on a network whose change DVC would not notice."""
    readers = {
        "soundstream": "acoustic_tokenizer",
        "vitvqgan": "features",
        "w2v_bert": "semantic_tokenizer",
        "mulan": "features",
        "coarse_direct": "generate",
        "vocoder": "score",
        "music_text_predictor": "generate",
        "audio_prompts": "generate",
    }
    assert not set(readers) & set(yaml.safe_load(generate_files(project, "local")[MAIN])["stages"])
    local(project, CHOICES)
    texts = generate_files(project, "local")
    main, on_demand = (yaml.safe_load(texts[path])["stages"] for path in (MAIN, ON_DEMAND))
    assert set(readers) <= set(main) and not set(readers) & set(on_demand)
    for network, reader in readers.items():
        assert f"data/06_models/{network}" in {dep.removesuffix("/checkpoint") for dep in main[reader]["deps"]}


def test_the_stage_that_another_starts_from_is_a_dependency(project: Path) -> None:
    """Catches a warm start from weights whose change DVC would not notice."""
    local(project, "coarse: {train: {warm_start: coarse_audio}}")
    assert "data/06_models/coarse_audio" in stages(project)["coarse"]["deps"]


@pytest.mark.parametrize(
    ("text", "videos"),
    [
        ("corpus: {source: folder, folder: {path: data/01_raw/mine}}", "data/01_raw/mine"),
        ("corpus: {source: musiccaps}", "data/01_raw/musiccaps"),
    ],
)
def test_own_videos_are_a_dependency(project: Path, text: str, videos: str) -> None:
    """Catches new videos that `dvc repro` does not see."""
    local(project, text)
    found = stages(project)
    assert all(videos in found[name]["deps"] for name in ("ingest", "features", "generate", "score"))


def test_an_outdated_file_is_refused(project: Path) -> None:
    """Catches `dvc repro` of stages that the parameters contradict."""
    write_files(project, "local")
    check_generated(project, "local")
    local(project, "codec: soundstream")
    with pytest.raises(StaleError, match="v2meow dvc --env local"):
        check_generated(project, "local")


def test_recorded_parameters_are_those_that_kedro_uses(project: Path) -> None:
    """Catches a recorded value that another layer of conf/ overrides, such as a person's own conf/local."""
    local(project, "semantic: {train: {lr: 0.5}}")
    write_parameters(project, "local", project / "parameters.yml")
    recorded = yaml.safe_load((project / "parameters.yml").read_text())
    assert recorded["semantic"]["train"]["lr"] == 0.5
    assert recorded["coarse"] == result_parameters(load_config(ROOT, "base", "parameters"))["coarse"]
    write_parameters(project, "test", project / "parameters.yml")
    assert yaml.safe_load((project / "parameters.yml").read_text())["semantic"]["train"]["max_steps"] == 4


def test_the_number_of_processes_reruns_nothing(project: Path) -> None:
    """Catches a corpus that is made again because a machine has more cores."""
    write_parameters(project, "local", project / "before.yml")
    elsewhere = "{backend: local, ray: {workers: 2}, features: {workers: 9}"
    local(project, elsewhere + ", corpus: {synthetic: {workers: 9}, aistpp: {download: {attempts: 9}}}}")
    write_parameters(project, "local", project / "after.yml")
    assert (project / "before.yml").read_text() == (project / "after.yml").read_text()


def test_the_environment_of_the_paper_uses_its_networks() -> None:
    """Catches a choice that is not looked at."""
    assert networks_used(load_config(ROOT, "paper", "parameters")) == {"i3d_flow", "w2v_bert", "soundstream", "mulan"}
