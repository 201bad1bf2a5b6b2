"""Schedule and optimiser."""

import pytest
from tests.support.model_makers import tiny_model

from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.module import ObjectiveModule, lr_share
from v2meow_pipeline.training.stage import StageObjective


def test_the_rate_rises_and_falls_to_its_share() -> None:
    """Catches a schedule that starts at 0 (a lost step) or ends at 0 or at its peak."""
    config = FitConfig(max_steps=100, warmup_steps=10, final_lr_share=0.1)
    shares = [lr_share(step, config) for step in range(101)]
    assert 0 < shares[0] < shares[9] < 1 and shares[10] == 1.0
    assert shares[100] == pytest.approx(0.1) and shares == [*shares[:11], *sorted(shares[11:], reverse=True)]


def test_every_weight_is_optimised_once_and_norms_do_not_decay() -> None:
    """Catches weights left out of the optimiser's groups, or in both."""
    module = ObjectiveModule(StageObjective(tiny_model("semantic"), None, 0), FitConfig())
    (setup,) = module.configure_optimizers()
    groups = setup["optimizer"].param_groups
    assert sum(len(g["params"]) for g in groups) == len(list(module.parameters()))
    decayed = {id(p) for p in groups[0]["params"]}
    assert not any(id(p) in decayed for name, p in module.named_parameters() if "norm" in name or "table" in name)
