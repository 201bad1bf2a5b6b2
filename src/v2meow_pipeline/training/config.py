"""How anything is trained: steps, rates, precision, and how often it is looked at."""

from typing import Literal

from pydantic import Field

from v2meow_pipeline.config import Config

Precision = Literal["32-true", "bf16-mixed"]
Keep = Literal["best", "last"]


class FitConfig(Config):
    """How a network is trained.

    Attributes:
        max_steps: optimiser steps.
        max_minutes: stops earlier when this much time is spent, over all resumed runs; None never. What comes out then
            depends on the machine's speed.
        batch_size: examples of a step, over all devices: more of them take smaller shares of the same batch.
        accumulate: parts in which each device takes its share of a step, one after the other: the memory of a part, and
            the gradients of the whole, up to rounding. What is drawn or compared within a batch (dropout, negatives,
            codebooks that follow it) sees a part. Shares and parts have to be of one size.
        lr: peak learning rate of AdamW.
        warmup_steps: steps over which the rate rises to its peak; then it falls along a cosine.
        final_lr_share: what the rate ends at, as a share of its peak.
        weight_decay: of matrices; vectors, norms and tables have none.
        beta1: of AdamW; adversarial training often takes 0.5 to 0.8.
        beta2: of AdamW; 0.98 forgets faster than the usual 0.999, which short runs need.
        clip_norm: gradients longer than this are shortened to it.
        precision: "bf16-mixed" pays on GPUs and CPUs with bf16 units, and costs ten times the time on others.
        val_every: steps between validations; the last step always has one.
        val_clips: clips of a validation at most.
        keep: which weights the checkpoint holds: "best", those with the lowest validation loss, or "last". Adversarial
            training wants the last: what discriminators ask for raises the losses that a validation can compute.
        checkpoint_every: steps between resumable checkpoints.
        log_every: steps between logged training losses.
        seed: of initial weights, order, crops and dropout.
    """

    max_steps: int = Field(default=300, gt=0)
    max_minutes: float | None = Field(default=None, gt=0)
    batch_size: int = Field(default=16, gt=0)
    # Left out of fingerprints where it is 1, which is how everything was trained before it was a choice.
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
    # Left out of fingerprints where it is "best", which is what was kept before it was a choice.
    keep: Keep = Field(default="best", exclude_if=lambda kept: kept == "best")
    checkpoint_every: int = Field(default=50, gt=0)
    log_every: int = Field(default=10, gt=0)
    seed: int = 0
