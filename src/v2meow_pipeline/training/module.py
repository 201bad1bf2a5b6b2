"""An objective under Lightning: its optimisers, their schedule, and the figures that are logged."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from lightning.pytorch import LightningDataModule, LightningModule
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, IterableDataset

from v2meow_pipeline.networks.objective import Examples, Losses, Objective
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.config import FitConfig


class ObjectiveModule(LightningModule):
    """What Lightning needs to train an objective.

    Every step starts with a seed of its own, so that a resumed run draws the same dropout as one that never stopped.
    One group is optimised by Lightning's own loop; several take their steps one after the other, and the one that
    trains the network, whose loss is the one reported, counts the steps.
    """

    def __init__(self, objective: Objective, config: FitConfig) -> None:
        super().__init__()
        self.objective = objective
        self.fit_config = config
        self.optimizer_groups = list(objective.optimizer_groups())
        kept = {id(p) for p in objective.network.parameters()}
        self.main_group = next(
            group
            for group, parameters in objective.optimizer_groups().items()
            if any(id(p) in kept for p in parameters)
        )
        self.automatic_optimization = len(self.optimizer_groups) == 1
        self._judged: list[tuple[int, dict[str, Tensor]]] = []

    def configure_model(self) -> None:
        """Divides weights, gradients and optimiser state among the ranks where the strategy asks for it (FSDP).

        The objective is one unit: its weights are gathered for a forward and backward pass, and let go of again.
        """
        if self.device_mesh is None or isinstance(self.objective, FSDPModule):
            return
        fully_shard(self.objective, mesh=self.device_mesh["data_parallel"])
        for method in ("loss", "judge"):
            register_fsdp_forward_method(self.objective, method)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """The loss of a training batch, with dropout drawn from seed, step and the part of the step that it is."""
        if not self.automatic_optimization:
            return self._play(batch)
        self._seed_part(batch_idx % self.fit_config.accumulate)
        losses = self.objective.loss(batch, self.optimizer_groups[0])
        self._report(self.main_group, losses, batch)
        return losses.total

    def _seed_part(self, part: int) -> None:
        part += self.global_rank * self.fit_config.accumulate
        torch.manual_seed(derive_seed(self.fit_config.seed, "dropout", self.global_step, part))

    def _play(self, parts: Sequence[Any]) -> Tensor:
        self._seed_part(0)
        optimisers, schedules = self.optimizers(), self.lr_schedulers()
        assert isinstance(optimisers, list) and isinstance(schedules, list)
        total = torch.zeros(())
        for group, optimiser, schedule in zip(self.optimizer_groups, optimisers, schedules, strict=True):
            self.toggle_optimizer(optimiser)
            optimiser.zero_grad()
            loss = sum((self._backward(group, part, len(parts)) for part in parts), torch.zeros(()))
            self.clip_gradients(optimiser.optimizer, self.fit_config.clip_norm, "norm")
            # Lightning counts a step for each of its optimisers that takes one; only the main group's counts.
            (optimiser if group == self.main_group else optimiser.optimizer).step()
            schedule.step()
            self.untoggle_optimizer(optimiser)
            total = loss if group == self.main_group else total
        return total

    def _backward(self, group: str, part: Any, parts: int) -> Tensor:
        losses = self.objective.loss(part, group)
        self.manual_backward(losses.total / parts)
        self._report(group, losses, part)
        return losses.total.detach().cpu() / parts

    def _report(self, group: str, losses: Losses, batch: Any) -> None:
        figures = {f"train/{name}": value for name, value in losses.figures.items()}
        name = "train/loss" if group == self.main_group else f"train/loss_{group}"
        several = self.trainer.world_size > 1
        self.log_dict({**figures, name: losses.total.detach()}, batch_size=examples_in(batch), sync_dist=several)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Keeps the figures of a validation batch."""
        self._judged.append((examples_in(batch), self.objective.judge(batch)))

    def on_validation_epoch_end(self) -> None:
        """Logs the figures, each the mean over all examples, as the objective sums them up."""
        examples = sum(n for n, _ in self._judged)
        names = self._judged[0][1]
        means = {
            name: sum(n * figures[name].double().item() for n, figures in self._judged) / examples for name in names
        }
        self._judged.clear()
        self.log_dict({f"val/{name}": value for name, value in self.objective.summary(means).items()}, sync_dist=True)

    def configure_optimizers(self) -> Any:
        """For each group AdamW with warm-up and cosine, one schedule step an optimiser step."""
        pairs = [self._optimiser(list(parameters)) for parameters in self.objective.optimizer_groups().values()]
        return [{"optimizer": o, "lr_scheduler": {"scheduler": s, "interval": "step"}} for o, s in pairs]

    def _optimiser(self, parameters: list[nn.Parameter]) -> tuple[Optimizer, LambdaLR]:
        config, mine = self.fit_config, {id(p) for p in parameters}
        named = [(n, p) for n, p in self.objective.named_parameters() if id(p) in mine]
        decayed = [p for n, p in named if p.ndim > 1 and "table" not in n]
        others = [p for n, p in named if p.ndim <= 1 or "table" in n]
        groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
        optimiser = AdamW(groups, lr=config.lr, betas=(config.beta1, config.beta2))
        return optimiser, LambdaLR(optimiser, lambda step: lr_share(step, config))


class StepParts(IterableDataset[Any]):
    """The training batches of a range of steps: of each, this rank's share, in parts.

    Parts are to the examples what shares are: with 2 ranks and 3 parts, each part is one of 6.
    """

    def __init__(self, examples: Examples, steps: range, rank: int, ranks: int, parts: int, together: bool) -> None:
        """Describes them.

        Args:
            examples: what they are taken from.
            steps: which.
            rank: whose share.
            ranks: shares of a batch.
            parts: of a share.
            together: yields the parts of a step as one list, rather than one by one.
        """
        super().__init__()
        self.examples, self.steps, self.together = examples, steps, together
        self.shares, self.of = range(rank * parts, (rank + 1) * parts), ranks * parts

    def __iter__(self) -> Iterator[Any]:
        """The parts in order."""
        for step in self.steps:
            parts = (self.examples.train(step, share, self.of) for share in self.shares)
            if self.together:
                yield list(parts)
            else:
                yield from parts


class FixedBatches(IterableDataset[Any]):
    """The validation batches, the same each time."""

    def __init__(self, examples: Examples) -> None:
        super().__init__()
        self.examples = examples

    def __iter__(self) -> Iterator[Any]:
        """The batches."""
        return self.examples.validation()


class ExamplesModule(LightningDataModule):
    """Training batches from the trainer's step on, and fixed validation batches."""

    def __init__(self, examples: Examples, config: FitConfig, together: bool) -> None:
        """Describes them; `together` as in `StepParts`."""
        super().__init__()
        self.examples, self.config, self.together = examples, config, together

    def train_dataloader(self) -> DataLoader[Any]:
        """Batches from where the trainer is, which after a resume is not the beginning."""
        trainer = self.trainer
        if trainer is None:
            raise RuntimeError("The examples belong to a trainer.")
        steps, parts = range(trainer.global_step, self.config.max_steps), self.config.accumulate
        share = (trainer.global_rank, trainer.world_size, parts, self.together)
        return DataLoader(StepParts(self.examples, steps, *share), batch_size=None)

    def val_dataloader(self) -> DataLoader[Any]:
        """The same batches each time, on every rank."""
        return DataLoader(FixedBatches(self.examples), batch_size=None)


def examples_in(batch: Any) -> int:
    """How many examples a batch of tensors holds: the first axis of its first tensor."""
    if isinstance(batch, Tensor):
        return len(batch)
    parts = batch.values() if isinstance(batch, Mapping) else batch
    return examples_in(next(part for part in parts if not isinstance(part, Mapping) or part))


def lr_share(step: int, config: FitConfig) -> float:
    """The learning rate at `step` as a share of its peak, in (0, 1]: a line up, then half a cosine down."""
    if step < config.warmup_steps:
        return (step + 1) / (config.warmup_steps + 1)
    progress = min(1.0, (step - config.warmup_steps) / max(1, config.max_steps - config.warmup_steps))
    return config.final_lr_share + (1 - config.final_lr_share) * 0.5 * (1 + math.cos(math.pi * progress))
