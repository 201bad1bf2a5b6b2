"""Stage checkpoints."""

from pathlib import Path

import pytest
import torch
from tests.support.model_makers import CLOCK, conditions_of, tiny_model

from v2meow_pipeline.checkpoint import is_current, load_checkpoint, read_config, save_checkpoint
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


def test_loading_a_stage_draws_no_weights(tmp_path: Path) -> None:
    """Catches seconds for weights that are replaced, and a training that depends on what was loaded before."""
    save_stage(tmp_path / "semantic", tiny_model("semantic"), "abc")
    before = torch.get_rng_state()
    loaded = load_stage(tmp_path / "semantic")
    assert torch.equal(torch.get_rng_state(), before)
    # Tables that are computed, not saved.
    expected = dict(tiny_model("semantic").named_buffers())
    assert all(torch.equal(buffer, expected[name]) for name, buffer in loaded.named_buffers())


def test_a_checkpoint_from_before_its_parameters_were_renamed_predicts_the_same(tmp_path: Path) -> None:
    """Catches a release that a renaming makes useless."""
    model = tiny_model("semantic")
    save_stage(tmp_path / "new", model, "abc")
    config, weights = load_checkpoint(tmp_path / "new")
    names = {"stream_embeddings": "kinds", "null_embeddings": "nulls"}
    former = {name: next((name.replace(*pair) for pair in names.items() if pair[0] in name), name) for name in weights}
    assert former != {name: name for name in weights}
    save_checkpoint(tmp_path / "old", config, {former[name]: value for name, value in weights.items()})
    loaded, conditions = load_stage(tmp_path / "old"), conditions_of(model, 2, 50)
    tokens = torch.randint(50, (2, 1, 50))
    assert torch.equal(loaded(conditions, tokens).logits, model(conditions, tokens).logits)


def test_another_clock_or_stage_is_refused(tmp_path: Path) -> None:
    """Catches tokens of one codebook fed to a model of another."""
    save_stage(tmp_path / "fine", tiny_model("fine"), "abc")
    with pytest.raises(StaleError, match="acoustic_vocab is 40, not 41"):
        load_stage(tmp_path / "fine", CLOCK.model_copy(update={"acoustic_vocab": 41}))
    with pytest.raises(StaleError, match="visual features"):
        load_stage(tmp_path / "fine", CLOCK.model_copy(update={"visual_fps": 2}))
    with pytest.raises(V2MeowError, match="fine"):
        load_stage(tmp_path / "fine", CLOCK, "coarse")
