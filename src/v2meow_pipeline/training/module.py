"""A stage model under Lightning: loss, optimiser, schedule, and the figures that are logged."""

import math
from collections.abc import Mapping
from typing import Any, Literal

import torch
from lightning.pytorch import LightningDataModule, LightningModule
from pydantic import Field
from torch import Tensor
from torch.utils.data import DataLoader

from v2meow_pipeline.config import Config
from v2meow_pipeline.models.stage_model import StageModel, StageOutput
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.training.data import Batch, FixedBatches, StageClips, StepBatches

Precision = Literal["32-true", "bf16-mixed"]


class FitConfig(Config):
    """How a stage is trained.

    Attributes:
        max_steps: optimiser steps.
        max_minutes: stops earlier when this much time is spent, over all resumed runs; None never. What comes out then
            depends on the machine's speed.
        batch_size: examples of a step, over all devices.
        lr: peak learning rate of AdamW.
        warmup_steps: steps over which the rate rises to its peak; then it falls along a cosine.
        final_lr_share: what the rate ends at, as a share of its peak.
        weight_decay: of matrices; vectors, norms and tables have none.
        beta2: of AdamW; 0.98 forgets faster than the usual 0.999, which short runs need.
        clip_norm: gradients longer than this are shortened to it.
        precision: "bf16-mixed" pays on GPUs and CPUs with bf16 units, and costs ten times the time on others.
        val_every: steps between validations; the last step always has one.
        val_clips: clips of a validation at most.
        checkpoint_every: steps between resumable checkpoints.
        log_every: steps between logged training losses.
        codebook_start: starts from the vectors that tokens stand for and from how often they occur
            (models/codebook_start.py); False starts from random numbers, as the paper does.
        seed: of initial weights, order, crops and dropout.
    """

    max_steps: int = Field(default=300, gt=0)
    max_minutes: float | None = Field(default=None, gt=0)
    batch_size: int = Field(default=16, gt=0)
    lr: float = Field(default=1e-3, gt=0)
    warmup_steps: int = Field(default=20, ge=0)
    final_lr_share: float = Field(default=0.1, ge=0, le=1)
    weight_decay: float = Field(default=0.05, ge=0)
    beta2: float = Field(default=0.98, gt=0, lt=1)
    clip_norm: float = Field(default=1.0, gt=0)
    precision: Precision = "32-true"
    val_every: int = Field(default=50, ge=2)
    val_clips: int = Field(default=64, gt=0)
    checkpoint_every: int = Field(default=50, gt=0)
    log_every: int = Field(default=10, gt=0)
    codebook_start: bool = True
    seed: int = 0


class StageModule(LightningModule):
    """What Lightning needs to train a stage model.

    Every step starts with a seed of its own, so that a resumed run draws the same dropout as one that never stopped.
    """

    def __init__(self, model: StageModel, config: FitConfig) -> None:
        super().__init__()
        self.model = model
        self.fit_config = config
        self._level_losses: list[tuple[int, Tensor]] = []

    def forward(self, batch: Batch, hide_features: bool = False) -> StageOutput:
        """Predictions and losses of a batch."""
        return self.model(batch.conditions, batch.tokens, batch.start_s, hide_features)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of a training batch, with dropout drawn from seed, step and rank."""
        torch.manual_seed(derive_seed(self.fit_config.seed, "dropout", self.global_step, self.global_rank))
        output = self(batch)
        self.log("train/loss", output.loss.detach(), batch_size=len(batch.tokens))
        return output.loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Logs the loss with and without continuous conditions, and accuracy and perplexity of each level."""
        output = self(batch)
        figures = {"val/loss": output.loss, "val/accuracy": output.level_accuracy.mean()}
        if any(stream.width for stream in self.model.conditioner.streams):
            figures["val/loss_unconditioned"] = self(batch, hide_features=True).loss
        self._level_losses.append((len(batch.tokens), output.level_loss.detach()))
        self.log_dict(figures, batch_size=len(batch.tokens), on_epoch=True, sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        """Logs the perplexity of each level: of the mean loss, not the mean of perplexities."""
        examples = sum(n for n, _ in self._level_losses)
        mean = torch.stack([n * losses for n, losses in self._level_losses]).sum(dim=0) / examples
        self._level_losses.clear()
        self.log_dict({f"val/perplexity_level_{i}": loss.exp() for i, loss in enumerate(mean)}, sync_dist=True)

    def configure_optimizers(self) -> Any:
        """AdamW with warm-up and cosine, one schedule step an optimiser step."""
        config = self.fit_config
        decayed = [p for n, p in self.model.named_parameters() if p.ndim > 1 and "table" not in n]
        others = [p for n, p in self.model.named_parameters() if p.ndim <= 1 or "table" in n]
        groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
        optimizer = torch.optim.AdamW(groups, lr=config.lr, betas=(0.9, config.beta2))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: lr_share(step, config))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        """The batch on `device`."""
        conditions: Mapping[str, Tensor] = batch.conditions
        moved = {name: values.to(device) for name, values in conditions.items()}
        return Batch(moved, batch.tokens.to(device), batch.start_s.to(device))


class StageExamples(LightningDataModule):
    """Training batches from the trainer's step on, and fixed validation batches; each rank takes its share."""

    def __init__(self, train: StageClips, val: StageClips, config: FitConfig) -> None:
        super().__init__()
        self.train = train
        self.val = val
        self.fit_config = config

    def train_dataloader(self) -> DataLoader[Batch]:
        """Batches from where the trainer is, which after a resume is not the beginning."""
        config, trainer = self.fit_config, self.trainer
        if trainer is None:
            raise RuntimeError("The examples belong to a trainer.")
        steps = range(trainer.global_step, config.max_steps)
        shares = (trainer.global_rank, trainer.world_size)
        return DataLoader(StepBatches(self.train, config.batch_size, config.seed, steps, *shares), batch_size=None)

    def val_dataloader(self) -> DataLoader[Batch]:
        """The same batches each time, on every rank."""
        config = self.fit_config
        return DataLoader(FixedBatches(self.val, config.batch_size, config.seed, config.val_clips), batch_size=None)


def lr_share(step: int, config: FitConfig) -> float:
    """The learning rate at `step` as a share of its peak, in (0, 1]: a line up, then half a cosine down."""
    if step < config.warmup_steps:
        return (step + 1) / (config.warmup_steps + 1)
    progress = min(1.0, (step - config.warmup_steps) / max(1, config.max_steps - config.warmup_steps))
    return config.final_lr_share + (1 - config.final_lr_share) * 0.5 * (1 + math.cos(math.pi * progress))
