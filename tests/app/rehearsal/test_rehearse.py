"""A rehearsal changes numbers of clips and steps, and nothing of the models."""

from pathlib import Path

import pandas as pd
import pytest
from tests.support.project import ROOT, make_project, run
from tests.support.tiny_clip import write_tiny_clip

from v2meow_pipeline.app.environment import load_config, parse_params
from v2meow_pipeline.app.rehearsal.overlay import rehearsal_parameters
from v2meow_pipeline.app.rehearsal.project import ENV, write_project
from v2meow_pipeline.app.requirements import published_judges, published_visual, trained_networks
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.recipes import NAMES
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, STAGE_NAMES


def test_every_model_keeps_the_papers_size() -> None:
    """Catches a rehearsal of smaller models."""
    parameters = load_config(ROOT, "paper", "parameters")
    changed = rehearsal_parameters(parameters, clips=2, batch=2)
    for name in (*NAMES, *STAGE_NAMES, *ALTERNATIVE_STAGES):
        assert changed[name]["model"] == parameters[name]["model"]
        assert changed[name]["train"]["max_steps"] == 1 and changed[name]["train"]["batch_size"] == 2
        assert changed[name]["train"].get("precision") == parameters[name]["train"].get("precision")
    same = ("clock", "visual", "codec", "semantic_tokenizer", "music_text", "generate", "backend", "ray")
    assert {key: changed[key] for key in same} == {key: parameters[key] for key in same}


def test_the_project_of_the_rehearsal_is_the_environment(tmp_path: Path) -> None:
    """Catches a lost override, and a run that writes into the rehearsed project's data or registry."""
    write_project(ROOT, "paper", tmp_path, 2, 2, parse_params("codec=dac,semantic.model.transformer.width=64"))
    parameters = load_config(tmp_path, ENV, "parameters")
    assert parameters["codec"] == "dac" and parameters["semantic"]["model"]["transformer"]["width"] == 64
    assert parameters["coarse"]["model"] == load_config(ROOT, "paper", "parameters")["coarse"]["model"]
    assert load_config(tmp_path, ENV, "globals")["data"] == "data"
    assert (tmp_path / "conf/logging.yml").read_text() == (ROOT / "conf/logging.yml").read_text()
    assert load_config(tmp_path, ENV, "mlflow")["model"] == "v2meow-paper-rehearsal"


def test_the_papers_networks_are_known() -> None:
    """Catches a part of the paper that is neither trained nor asked for."""
    parameters = load_config(ROOT, "paper", "parameters")
    assert trained_networks(parameters) == ["i3d_flow", "w2v_bert", "soundstream", "mulan"]
    assert trained_networks(parameters, ablation=True) == ["i3d_flow", "vitvqgan", "w2v_bert", "soundstream", "mulan"]
    assert published_visual(parameters) == ["clip"] and published_judges(parameters) == ["vggish"]


def test_parameters_of_the_command_line_are_parsed() -> None:
    """Catches text where a number is meant, and a part without a value."""
    assert parse_params("a.b=1, a.c=x") == {"a": {"b": 1, "c": "x"}}
    assert parse_params("") == {}
    with pytest.raises(ConfigError, match="codec"):
        parse_params("codec")


@pytest.mark.slow
def test_a_whole_rehearsal_at_tiny_sizes(tmp_path: Path) -> None:
    """Catches a part of the paper's configuration that fails beside the others: flattened order, CLIP, I3D, w2v-BERT,
    SoundStream, MuLan, from videos to scores and a registered model.
    """
    project = make_project(tmp_path / "project")
    write_tiny_clip(project / "rehearsal/models")
    paper = "visual.encoders.clip=clip,visual.encoders.i3d=i3d_flow,semantic_tokenizer.features=w2v_bert"
    paper += ",semantic_tokenizer.k_means=stream,codec=soundstream,music_text.space=mulan"
    paper += "".join(
        f",{stage}.model.pattern=flatten,{stage}.model.crop_s=1" for stage in ("semantic", "coarse", "fine")
    )
    output = run(project, "v2meow", "rehearse", "--env", "test", "--folder", "rehearsal", "--params", paper)
    folder = project / "rehearsal"
    assert probe(folder / "clip_with_music.mp4").duration_s == pytest.approx(10, abs=0.1)
    assert "GiB  generate_music" in output and "Registered the models as models:/v2meow-test-rehearsal" in output
    manifest = pd.read_parquet(folder / "data/02_intermediate/clip_manifest.parquet")
    assert manifest["split"].value_counts().to_dict() == {"train": 2, "val": 2, "test-iid": 2}
