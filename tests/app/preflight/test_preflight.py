"""What `v2meow preflight` reports before hours are spent."""

import csv
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from safetensors.torch import load_file, save_file
from tests.support.project import ROOT, make_project
from tests.support.tiny_clip import write_tiny_clip
from typer.testing import CliRunner

from v2meow_pipeline.app.doctor import Check
from v2meow_pipeline.app.main import app
from v2meow_pipeline.app.preflight import run_checks

CLIP = {"visual": {"encoders": {"clip": "clip"}}}


def checked(project: Path, parameters: dict[str, object], clips: int | None = None) -> dict[str, Check]:
    """The checks of the test environment with some parameters, by name."""
    file = project / "conf/test/parameters/test.yml"
    merged = OmegaConf.merge(OmegaConf.load(ROOT / "conf/test/parameters/test.yml"), parameters)
    OmegaConf.save(merged, file)
    return {check.name: check for check in run_checks(project, "test", clips)}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of user-provided weights, empty."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def test_an_environment_that_has_everything_passes(project: Path, models: Path) -> None:
    """Catches a requirement that the embedded default does not have."""
    failed = [check for check in checked(project, {}).values() if check.required and not check.ok]
    assert failed == []


def test_missing_weights_are_listed_with_their_remedy(project: Path, models: Path) -> None:
    """Catches a list that ends at the first missing network, and a missing network that can still be trained."""
    own = {**CLIP, "codec": "dac", "semantic_tokenizer": {"features": "w2v_bert"}}
    checks = checked(project, {**own, "evaluate": {"judges": ["vggish"], "baselines": ["musicgen"]}})
    for name, named in (("weights of clip", "clip-vit-large-patch14"), ("weights of dac", "dac")):
        assert not checks[name].ok and checks[name].required and named in checks[name].found + checks[name].remedy
    assert not checks["judge vggish"].ok and "vggish-10086976.pth" in checks["judge vggish"].remedy
    assert not checks["weights of musicgen"].ok
    to_train = checks["network w2v_bert"]
    assert not to_train.ok and not to_train.required and "--env test --pipelines w2v_bert" in to_train.remedy
    assert "network vitvqgan" in checks  # for a row of the ablation


def test_weights_of_another_layout_are_refused(project: Path, models: Path) -> None:
    """Transformers would fill missing weights with random ones, and another size would change the stages' inputs."""
    folder = write_tiny_clip(models)
    assert checked(project, CLIP)["weights of clip"].ok
    tensors = load_file(folder / "model.safetensors")
    save_file({k: v for k, v in tensors.items() if "mlp" not in k}, folder / "model.safetensors", {"format": "pt"})
    missing = checked(project, CLIP)["weights of clip"]
    assert not missing.ok and "mlp" in missing.found and missing.remedy
    (folder / "model.safetensors").write_bytes(b"no tensors")
    assert not checked(project, CLIP)["weights of clip"].ok


def test_weights_of_another_size_are_refused(project: Path, models: Path) -> None:
    """ViT-B/32 in the folder of ViT-L/14."""
    write_tiny_clip(models, width=512)
    clip = checked(project, CLIP)["weights of clip"]
    assert not clip.ok and "512, not 768" in clip.found


def test_too_little_disk_and_memory_are_told_with_the_space_of_each_layer(project: Path, models: Path) -> None:
    """Catches a check of a constant."""
    checks = checked(project, {}, clips=10**12)
    assert (
        not checks["disk"].ok and "audio" in checks["disk"].found and "1,000,000,000,000 clips" in checks["disk"].found
    )
    assert not checks["memory"].ok and checks["memory"].remedy
    checks = checked(project, {}, clips=10)
    assert checks["disk"].ok and checks["memory"].ok


def test_absent_gpus_are_told(project: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without GPUs, `use_gpu: null` trains on CPUs in silence."""
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    gpus = checked(project, {"backend": "ray", "ray": {"workers": 2, "use_gpu": True}})["GPUs"]
    assert not gpus.ok and "0 here, 2 needed" in gpus.found
    long = {stage: {"train": {"max_steps": 10**12}} for stage in ("semantic", "coarse", "fine")}
    gpus = checked(project, long)["GPUs"]
    assert not gpus.ok and "days on this CPU" in gpus.found


def test_captions_and_videos_are_required_where_something_is_trained_on_them(project: Path, models: Path) -> None:
    """MuLan's training would end for want of captions, after the ingestion."""
    folder = {"path": "videos", "captions_csv": None}
    corpus = {"corpus": {"source": "folder", "folder": folder}, "music_text": {"space": "mulan"}}
    checks = checked(project, corpus)
    assert not checks["videos"].ok and not checks["captions"].ok and "captions_csv" in checks["captions"].remedy
    with (project / "captions.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["file", "caption"], ["a.mp4", "calm piano"], ["b.mp4", "loud drums"]])
    (project / "videos").mkdir()
    for name in ("a.mp4", "b.mp4"):
        (project / "videos" / name).touch()
    folder["captions_csv"] = "captions.csv"
    checks = checked(project, corpus)
    assert checks["videos"].ok and checks["captions"].ok and "2 different captions" in checks["captions"].found


def test_invalid_parameters_are_told(project: Path, models: Path) -> None:
    """Catches a batch that several workers cannot divide, which would end the training."""
    checks = checked(project, {"backend": "ray", "ray": {"workers": 7}})
    assert not checks["parameters"].ok and "7 equal parts" in checks["parameters"].found


def test_the_exit_code_is_2_if_something_is_missing(
    project: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a script that goes on after a failed preflight."""
    monkeypatch.chdir(project)
    runner = CliRunner()
    passed = runner.invoke(app, ["preflight", "--env", "test"])
    assert passed.exit_code == 0, passed.output
    failed = runner.invoke(app, ["preflight", "--env", "test", "--clips", str(10**12)])
    assert failed.exit_code == 2 and "missing" in failed.output
