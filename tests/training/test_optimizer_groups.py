"""Objectives with two groups of parameters: each minimises its own loss, and a killed run resumes exactly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from v2meow_pipeline.checkpoint import load_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.examples.recipes.recipe import Recipe
from v2meow_pipeline.networks.objective import Losses, Objective
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.network_job import NetworkTraining, network_job
from v2meow_pipeline.training.result import FitResult
from v2meow_pipeline.training.trainer import fit


class Settings(Config):
    """A generator of `width` numbers."""

    width: int = 3


class Duel(Objective):
    """A generator learns to match the batch, a judge to tell the two apart; both only through their own losses."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        super().__init__()
        self.network = nn.Linear(settings.width, settings.width)
        self.judge_net = nn.Linear(settings.width, 1)

    def optimizer_groups(self) -> dict[str, list[nn.Parameter]]:
        return {"generator": list(self.network.parameters()), "judge": list(self.judge_net.parameters())}

    def loss(self, batch: dict[str, Tensor], group: str) -> Losses:
        made = self.network(torch.nn.functional.dropout(batch["noise"], 0.1))
        if group == "judge":
            total = self.judge_net(made.detach()).mean() - self.judge_net(batch["real"]).mean()
            return Losses(total + self.judge_net.weight.pow(2).sum(), {"judge": total.detach()})
        total = (made - batch["real"]).pow(2).mean() - 0.01 * self.judge_net(made).mean()
        return Losses(total, {"distance": total.detach()})

    def judge(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"loss": (self.network(batch["noise"]) - batch["real"]).pow(2).mean()}


class Pairs:
    """Noise, and what is to be made of it."""

    fingerprint = "pairs"

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        noise = torch.randn(8, 3, generator=torch.Generator().manual_seed(step))
        return {"noise": noise, "real": noise.roll(1, dims=1) + 1}

    def validation(self) -> Iterator[dict[str, Tensor]]:
        yield self.train(10**6)


RECIPE = Recipe(Settings, Duel, lambda *_: Pairs(), clocked=False)


def run(workspace: Path, **changes: object) -> FitResult:
    values = {"max_steps": 60, "lr": 0.05, "warmup_steps": 2, "val_every": 20, "checkpoint_every": 15, **changes}
    config = FitConfig.parse(values)
    spec = NetworkTraining(name="duel", settings={"width": 3}, clock=Clock(), fit=config, trained_on="pairs")
    return fit(network_job(spec, RECIPE, Pairs()), workspace)


def test_the_generator_learns_and_is_all_that_is_kept(tmp_path: Path) -> None:
    """Catches a step that is counted twice, a group whose weights the other moves, and a checkpoint of both."""
    result = run(tmp_path)
    assert [step for step, _ in result.curves["val/loss"]] == [20, 40, 60]
    # The main_group's loss is reported, wherever it stands among the optimizer_groups: the judge's starts near 0.
    assert result.curves["train/loss"][0][1] > 0.3
    assert result.metrics["val/loss"] < 0.2 * result.curves["train/loss"][0][1]
    saved = load_checkpoint(result.path, "duel")
    assert sorted(saved.weights) == ["bias", "weight"]
    assert saved.config["model"] == {"width": 3} and "clock" not in saved.config


def test_a_stopped_run_goes_on_exactly(tmp_path: Path) -> None:
    """Catches a second optimiser or schedule that a resume forgets."""
    straight = run(tmp_path / "straight")

    class Stop(Pairs):
        def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
            if step == 33:
                raise KeyError("the power fails")
            return super().train(step)

    spec = NetworkTraining(
        name="duel",
        settings={"width": 3},
        clock=Clock(),
        fit=FitConfig(max_steps=60, lr=0.05, warmup_steps=2, val_every=20, checkpoint_every=15),
        trained_on="pairs",
    )
    with pytest.raises(KeyError, match="power"):
        fit(network_job(spec, RECIPE, Stop()), tmp_path / "stopped")
    assert (tmp_path / "stopped" / "last.ckpt").exists()
    resumed = run(tmp_path / "stopped")
    assert resumed.curves == straight.curves and resumed.metrics == straight.metrics


def test_the_last_weights_are_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    """Catches adversarial training whose work is thrown away, because the loss was lower before it began."""

    class Worsening(Duel):
        validations = 0

        def judge(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
            self.validations += 1
            return {"loss": torch.tensor(float(self.validations))}

    recipe = Recipe(Settings, Worsening, lambda *_: Pairs(), clocked=False)
    steps = {}
    for keep in ("best", "last"):
        config = FitConfig(max_steps=4, val_every=2, keep=keep)
        spec = NetworkTraining(name="duel", settings={"width": 3}, clock=Clock(), fit=config, trained_on="pairs")
        steps[keep] = fit(network_job(spec, recipe, Pairs()), tmp_path / keep).metrics["step"]
    assert steps == {"best": 2, "last": 4}
    assert "keep" not in FitConfig().model_dump() and FitConfig(keep="last").model_dump()["keep"] == "last"
