"""Networks of our own, from the corpus to their place in the pipeline."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.support.project import run

from v2meow_pipeline.app.demo import real_clip
from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.examples.recipes import NAMES
from v2meow_pipeline.media.probe import probe

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")

PAPER = "visual.variant=vit+i3d,visual.encoders.i3d=i3d_flow,codec=soundstream,music_text.space=mulan"


@pytest.fixture(scope="module")
def project(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the trained project in which every network was trained too."""
    copy = tmp_path_factory.mktemp("networks") / "project"
    shutil.copytree(trained, copy)
    run(copy, "kedro", "run", "--env", "test", "--pipeline", "networks")
    return copy


def test_every_network_is_trained_once(project: Path) -> None:
    """Catches a recipe that no pipeline reaches, a checkpoint that says nothing of its origin, and needless work."""
    models = project / "data/test/06_models"
    configs = {name: read_config(models / name / "checkpoint") for name in NAMES}
    for name, config in configs.items():
        assert config["kind"] == name and config["licence"].startswith("CC0-1.0") and "10 clips" in config["trained_on"]
        assert [step for step, _ in config["curves"]["val/loss"]] == [2]
    written = {name: (models / name / "checkpoint/config.json").stat().st_mtime_ns for name in NAMES}
    run(project, "kedro", "run", "--env", "test", "--pipeline", "vitvqgan")
    assert (models / "vitvqgan/checkpoint/config.json").stat().st_mtime_ns == written["vitvqgan"]


def test_every_part_is_judged_by_itself(project: Path) -> None:
    """Catches a part that is trained and never measured."""
    run(project, "kedro", "run", "--env", "test", "--pipeline", "components")
    reports = project / "data/test/08_reporting/components"
    codecs = pd.read_csv(reports / "codecs.csv")
    assert set(codecs["codec"]) == {"acoustic_tokenizer", "acoustic_tokenizer with vocoder", "soundstream"}
    assert {f"codec_si_sdr_levels_{n:02d}" for n in range(1, 13)} <= set(codecs["figure"])
    assert set(pd.read_csv(reports / "retrieval.csv")["encoder"]) == {"music_text", "mulan"}
    assert "visual_tokens_psnr_db" in json.loads((reports / "visual_tokens.json").read_text())
    assert "genre" in (reports / "semantic.md").read_text()
    assert {p.name for p in (reports / "pictures").iterdir()} == {"training_curves.png", "visual_tokens.png"}


@pytest.mark.slow
def test_the_papers_parts_play_together(project: Path) -> None:
    """Catches parts that fit the pipeline one by one, but not all at once: visual tokens and I3D, w2v-BERT,
    SoundStream, MuLan, and the coarse stage that was trained on sound alone.
    """
    chosen = f"{PAPER},semantic_tokenizer.features=w2v_bert"
    quick = "coarse_audio.train.max_steps=2,coarse_audio.train.val_every=2"
    run(project, "kedro", "run", "--env", "test", "--pipeline", "train", "--params", chosen)
    run(project, "kedro", "run", "--env", "test", "--pipeline", "coarse_audio", "--params", f"{chosen},{quick}")
    path = "generate.composer.path=audio_only_coarse"
    run(project, "kedro", "run", "--env", "test", "--pipeline", "evaluate", "--params", f"{chosen},{path}")
    models = project / "data/test/06_models"
    assert read_config(models / "acoustic_tokenizer")["kind"] == "soundstream"
    assert read_config(models / "music_text")["kind"] == "mulan"
    features = read_config(models / "semantic/checkpoint")["model"]["features"]
    assert features["vitvqgan"]["tokens"] == 16 and isinstance(features["i3d_flow"], int)
    assert json.loads((project / "data/test/08_reporting/metrics_flat.json").read_text())
    words = ("-o", "out.mp4", "--model", "data/test/06_models", "--guidance", "2", "--prompt", "calm piano")
    run(project, "v2meow", "generate", str(real_clip()), *words)
    assert probe(project / "out.mp4").duration_s == pytest.approx(10, abs=0.1)
