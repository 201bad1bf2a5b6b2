"""Lightning modules for objectives and their examples."""

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
    """LightningModule that trains an objective.

    The generator is reseeded at each step, so a resumed run has the same dropout masks as an uninterrupted one. With
    one optimizer group it uses automatic optimization. With several it uses manual optimization: the groups step in
    order, and the main group, which trains the network, determines the step count and the reported loss.
    """

    def __init__(self, objective: Objective, config: FitConfig) -> None:
        super().__init__()
        self.objective = objective
        self.fit_config = config
        self.optimizer_groups = list(objective.optimizer_groups())
        network_ids = {id(p) for p in objective.network.parameters()}
        self.main_group = next(
            group
            for group, parameters in objective.optimizer_groups().items()
            if any(id(p) in network_ids for p in parameters)
        )
        self.automatic_optimization = len(self.optimizer_groups) == 1
        self._validated: list[tuple[int, dict[str, Tensor]]] = []

    def configure_model(self) -> None:
        """Shards weights, gradients and optimiser state over the ranks if the strategy is FSDP.

        The whole objective is one FSDP unit: its weights are gathered for each forward and backward pass.
        """
        if self.device_mesh is None or isinstance(self.objective, FSDPModule):
            return
        fully_shard(self.objective, mesh=self.device_mesh["data_parallel"])
        for method in ("loss", "judge"):
            register_fsdp_forward_method(self.objective, method)

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        """Loss of a training batch; dropout is seeded by the run's seed, the step and the micro-batch."""
        if not self.automatic_optimization:
            return self._manual_step(batch)
        self._seed_part(batch_idx % self.fit_config.accumulate)
        losses = self.objective.loss(batch, self.optimizer_groups[0])
        self._report(self.main_group, losses, batch)
        return losses.total

    def _seed_part(self, part: int) -> None:
        part += self.global_rank * self.fit_config.accumulate
        torch.manual_seed(derive_seed(self.fit_config.seed, "dropout", self.global_step, part))

    def _manual_step(self, parts: Sequence[Any]) -> Tensor:
        self._seed_part(0)
        optimisers, schedules = self.optimizers(), self.lr_schedulers()
        assert isinstance(optimisers, list) and isinstance(schedules, list)
        total = torch.zeros(())
        for group, optimiser, schedule in zip(self.optimizer_groups, optimisers, schedules, strict=True):
            self.toggle_optimizer(optimiser)
            optimiser.zero_grad()
            loss = sum((self._backward(group, part, len(parts)) for part in parts), torch.zeros(()))
            self.clip_gradients(optimiser.optimizer, self.fit_config.clip_norm, "norm")
            # Stepping a LightningOptimizer increments the global step; only the main group's step should.
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
        """Computes and stores the metrics of a validation batch."""
        self._validated.append((examples_in(batch), self.objective.judge(batch)))

    def on_validation_epoch_end(self) -> None:
        """Logs the validation metrics: means over all examples, passed through the objective's `summary`."""
        examples = sum(n for n, _ in self._validated)
        names = self._validated[0][1]
        means = {
            name: sum(n * figures[name].double().item() for n, figures in self._validated) / examples for name in names
        }
        self._validated.clear()
        self.log_dict({f"val/{name}": value for name, value in self.objective.summary(means).items()}, sync_dist=True)

    def configure_optimizers(self) -> Any:
        """AdamW with linear warm-up and cosine decay for each group; the schedule advances every optimiser step."""
        pairs = [self._optimiser(list(parameters)) for parameters in self.objective.optimizer_groups().values()]
        return [{"optimizer": o, "lr_scheduler": {"scheduler": s, "interval": "step"}} for o, s in pairs]

    def _optimiser(self, parameters: list[nn.Parameter]) -> tuple[Optimizer, LambdaLR]:
        config, ids = self.fit_config, {id(p) for p in parameters}
        named = [(n, p) for n, p in self.objective.named_parameters() if id(p) in ids]
        decayed = [p for n, p in named if p.ndim > 1 and "table" not in n]
        others = [p for n, p in named if p.ndim <= 1 or "table" in n]
        groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
        optimiser = AdamW(groups, lr=config.lr, betas=(config.beta1, config.beta2))
        return optimiser, LambdaLR(optimiser, lambda step: lr_share(step, config))


class StepParts(IterableDataset[Any]):
    """Micro-batches of one rank for a range of training steps.

    The examples see ranks x micro-batches as ranks: with 2 ranks and 3 micro-batches, each micro-batch is one of 6.
    """

    def __init__(self, examples: Examples, steps: range, rank: int, ranks: int, parts: int, together: bool) -> None:
        """Stores the range.

        Args:
            examples: source of the batches.
            steps: steps to iterate over.
            rank: rank of this process.
            ranks: number of ranks.
            parts: micro-batches per rank and step.
            together: whether to yield the micro-batches of a step as one list rather than one by one.
        """
        super().__init__()
        self.examples, self.steps, self.together = examples, steps, together
        self.shares, self.of = range(rank * parts, (rank + 1) * parts), ranks * parts

    def __iter__(self) -> Iterator[Any]:
        """Micro-batches in order."""
        for step in self.steps:
            parts = (self.examples.train(step, share, self.of) for share in self.shares)
            if self.together:
                yield list(parts)
            else:
                yield from parts


class FixedBatches(IterableDataset[Any]):
    """The fixed validation batches."""

    def __init__(self, examples: Examples) -> None:
        super().__init__()
        self.examples = examples

    def __iter__(self) -> Iterator[Any]:
        """Validation batches in order."""
        return self.examples.validation()


class ExamplesModule(LightningDataModule):
    """LightningDataModule of an objective's examples."""

    def __init__(self, examples: Examples, config: FitConfig, together: bool) -> None:
        """Stores the arguments; for `together` see `StepParts`."""
        super().__init__()
        self.examples, self.config, self.together = examples, config, together

    def train_dataloader(self) -> DataLoader[Any]:
        """Training batches from the trainer's current step, which is not 0 after a resume."""
        trainer = self.trainer
        if trainer is None:
            raise RuntimeError("ExamplesModule needs a Trainer: pass it to Trainer.fit.")
        steps, parts = range(trainer.global_step, self.config.max_steps), self.config.accumulate
        share = (trainer.global_rank, trainer.world_size, parts, self.together)
        return DataLoader(StepParts(self.examples, steps, *share), batch_size=None)

    def val_dataloader(self) -> DataLoader[Any]:
        """Validation batches; the same on every rank."""
        return DataLoader(FixedBatches(self.examples), batch_size=None)


def examples_in(batch: Any) -> int:
    """Number of examples in a batch: the length of the first axis of its first tensor."""
    if isinstance(batch, Tensor):
        return len(batch)
    parts = batch.values() if isinstance(batch, Mapping) else batch
    return examples_in(next(part for part in parts if not isinstance(part, Mapping) or part))


def lr_share(step: int, config: FitConfig) -> float:
    """Learning rate at `step` as a fraction of its peak, in (0, 1]: linear warm-up, then cosine decay."""
    if step < config.warmup_steps:
        return (step + 1) / (config.warmup_steps + 1)
    progress = min(1.0, (step - config.warmup_steps) / max(1, config.max_steps - config.warmup_steps))
    return config.final_lr_share + (1 - config.final_lr_share) * 0.5 * (1 + math.cos(math.pi * progress))
