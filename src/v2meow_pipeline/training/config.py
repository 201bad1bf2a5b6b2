"""Training settings: optimiser, schedule, precision, validation and logging."""

from typing import Literal

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError

Precision = Literal["32-true", "bf16-mixed"]
Keep = Literal["best", "last"]


class FitConfig(Config):
    """Training settings.

    Attributes:
        max_steps: number of optimiser steps.
        max_minutes: time limit over all resumed runs, in minutes; None for no limit. With a limit, the result depends
            on the machine's speed.
        batch_size: global batch size, divided over all devices.
        accumulate: micro-batches per device and step (gradient accumulation). Gradients equal those of the whole batch
            up to rounding, but dropout, in-batch negatives and codebook updates work per micro-batch. `batch_size` must
            be a multiple of devices x accumulate.
        lr: peak learning rate of AdamW.
        warmup_steps: steps of linear warm-up, followed by cosine decay.
        final_lr_share: final learning rate as a fraction of the peak.
        weight_decay: weight decay of matrices; vectors, norms and embedding tables have none.
        beta1: beta1 of AdamW; adversarial training often uses 0.5 to 0.8.
        beta2: beta2 of AdamW; short runs need a smaller value than the usual 0.999.
        clip_norm: maximum gradient norm.
        precision: "bf16-mixed" is faster on GPUs and CPUs with bf16 units, and ten times slower on others.
        val_every: steps between validations; the last step is always validated.
        val_clips: maximum number of validation clips.
        keep: weights to save in the checkpoint: "best", with the lowest validation loss, or "last". Use "last" for
            adversarial training, where the adversarial loss raises the losses that validation can compute.
        checkpoint_every: steps between resume checkpoints.
        log_every: steps between logged training losses.
        seed: seeds initial weights, data order, crops and dropout.
    """

    max_steps: int = Field(default=300, gt=0)
    max_minutes: float | None = Field(default=None, gt=0)
    batch_size: int = Field(default=16, gt=0)
    # Excluded from fingerprints at its default, so that checkpoints older than this option keep their fingerprints.
    accumulate: int = Field(default=1, gt=0, exclude_if=lambda parts: parts == 1)
    lr: float = Field(default=1e-3, gt=0)
    warmup_steps: int = Field(default=20, ge=0)
    final_lr_share: float = Field(default=0.1, ge=0, le=1)
    weight_decay: float = Field(default=0.05, ge=0)
    beta1: float = Field(default=0.9, ge=0, lt=1)
    beta2: float = Field(default=0.98, gt=0, lt=1)
    clip_norm: float = Field(default=1.0, gt=0)
    precision: Precision = "32-true"
    val_every: int = Field(default=50, ge=2)
    val_clips: int = Field(default=64, gt=0)
    # Excluded from fingerprints at its default, as above.
    keep: Keep = Field(default="best", exclude_if=lambda kept: kept == "best")
    checkpoint_every: int = Field(default=50, gt=0)
    log_every: int = Field(default=10, gt=0)
    seed: int = 0


def check_shares(config: FitConfig, ranks: int) -> None:
    """Checks that all micro-batches have the same size; otherwise examples would be weighted unequally.

    Args:
        config: training settings.
        ranks: number of devices.

    Raises:
        ConfigError: if the batch cannot be divided.
    """
    parts = ranks * config.accumulate
    if config.batch_size % parts:
        raise ConfigError(
            f"A batch of {config.batch_size} examples cannot be divided into {parts} equal parts.",
            "Set batch_size to a multiple of workers x accumulate.",
        )
