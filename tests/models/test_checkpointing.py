"""Stage checkpoints."""

from pathlib import Path

import pytest
import torch
from model_makers import CLOCK, conditions_of, tiny_model

from v2meow_pipeline.checkpoint import is_current, read_config
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.models.checkpointing import load_stage, save_stage


def test_a_loaded_stage_predicts_the_same(tmp_path: Path) -> None:
    """Catches a buffer (feature statistics) or weight that is not saved."""
    model = tiny_model("semantic")
    model.conditioner.adapters["flow"].mean.add_(0.5)
    save_stage(tmp_path / "semantic", model, "abc", {"licence": "CC0-1.0"})
    loaded = load_stage(tmp_path / "semantic", CLOCK, "semantic")
    conditions, tokens = conditions_of(model, 2, 50), torch.randint(50, (2, 1, 50))
    assert torch.equal(loaded(conditions, tokens).logits, model(conditions, tokens).logits)
    assert is_current(tmp_path / "semantic", "abc")
    assert read_config(tmp_path / "semantic")["licence"] == "CC0-1.0"


def test_another_clock_or_stage_is_refused(tmp_path: Path) -> None:
    """Catches tokens of one codebook fed to a model of another."""
    save_stage(tmp_path / "fine", tiny_model("fine"), "abc")
    with pytest.raises(StaleError, match="acoustic_vocab is 40, not 41"):
        load_stage(tmp_path / "fine", CLOCK.model_copy(update={"acoustic_vocab": 41}))
    with pytest.raises(StaleError, match="visual features"):
        load_stage(tmp_path / "fine", CLOCK.model_copy(update={"visual_fps": 2}))
    with pytest.raises(V2MeowError, match="fine"):
        load_stage(tmp_path / "fine", CLOCK, "coarse")
