"""What `v2meow model` counts."""

from pathlib import Path

import pytest
from tests.support.project import ROOT

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.app.model_summary import as_json
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.training.one_step import one_step
from v2meow_pipeline.training.sizes import stage_config


def test_the_papers_environment_has_the_papers_sizes() -> None:
    """Catches an environment that drops a sibling key, or keeps an extension of the embedded default."""
    parameters = load_config(ROOT, "paper", "parameters")
    counted = as_json(parameters)
    steps = {name: (row["t_memory"], row["steps"]) for name, row in counted["stages"].items()}
    assert steps["semantic"] == (21, 250) and steps["coarse"] == (270, 2000) and steps["fine"] == (150, 1200)
    config = stage_config(parameters, "coarse")
    assert not config.time_positions and not config.time_aligned and config.pattern == "flatten"
    assert config.crop_s is None and config.transformer.dropout == 0.1
    assert stage_config(parameters, "coarse_audio").transformer.encoder_layers == 0
    published = {"i3d_flow": 12.3e6, "w2v_bert": 600e6, "vitvqgan": 172e6, "mulan": 195e6}
    for name, size in published.items():
        assert counted["networks"][name]["parameters"] == pytest.approx(size, rel=0.05)


def test_the_papers_environment_has_no_setting_of_the_embedded_default() -> None:
    """SoundStream had a loss on waveforms, generation a guard, and the ablation the steps of a laptop: `conf/base` is
    merged key by key.
    """
    parameters = load_config(ROOT, "paper", "parameters")
    assert parameters["soundstream"]["model"]["losses"]["waveform"] == 0
    assert not parameters["generate"]["composer"]["guard"]["enabled"]
    for stage, train in parameters["ablation"]["train"].items():
        assert train["max_steps"] == parameters[stage]["train"]["max_steps"]


def test_a_real_step_of_the_test_environment_learns_something() -> None:
    """Catches a step that is timed but not taken."""
    report = one_step(stage_config(load_config(ROOT, "test", "parameters"), "fine"), batch=2)
    assert report.moved and report.step_s > 0 and report.tokens == 2 * 8 * 50
    assert report.loss == pytest.approx(6.93, abs=0.2)


def test_an_unknown_environment_is_refused(tmp_path: Path) -> None:
    """Catches a traceback where someone runs it in the wrong folder."""
    with pytest.raises(ConfigError, match="project's folder"):
        load_config(tmp_path, "base", "parameters")
