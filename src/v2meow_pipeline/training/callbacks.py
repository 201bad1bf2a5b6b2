"""Lightning callbacks: resume checkpoints, training history with the best weights, and progress display."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.display import Display
from v2meow_pipeline.training.result import Curves

RESUME_NAME = "last.ckpt"
BEST_NAME = "best"
FINGERPRINT_KEY = "v2meow_fingerprint"


class ResumePoint(Callback):
    """Periodically saves a checkpoint from which an interrupted run resumes exactly; writes are atomic.

    No checkpoint is saved at a step that is followed by a validation, since a resumed run would skip that validation;
    it is saved one step later. All ranks participate, rank 0 writes, and then `saved` is called on each rank.
    """

    def __init__(self, workspace: Path, fingerprint: str, config: FitConfig, saved: Callable[[], None]) -> None:
        self.path = workspace / RESUME_NAME
        self.fingerprint = fingerprint
        self.every = config.checkpoint_every
        self.val_every = config.val_every
        self.saved = saved

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Saves a checkpoint if one is due."""
        if not whole_step(trainer, batch_idx) or not self.due(trainer.global_step):
            return
        if trainer.is_global_zero:
            with atomic_path(self.path) as temporary:
                trainer.save_checkpoint(temporary)
        else:
            trainer.save_checkpoint(self.path)
        self.saved()

    def due(self, step: int) -> bool:
        """Whether a checkpoint is due after `step` steps."""
        scheduled = step % self.every == 0
        postponed = step > 1 and (step - 1) % self.every == 0 and (step - 1) % self.val_every == 0
        return step % self.val_every != 0 and (scheduled or postponed)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Adds the job's fingerprint to the checkpoint."""
        checkpoint[FINGERPRINT_KEY] = self.fingerprint


class TrainingHistory(Callback):
    """Records curves and training time, saves the best (or last) weights, and stops a run at its time limit.

    `curves` maps each metric to (step, value) pairs, `best` holds the metrics of the saved weights, and `elapsed_s` is
    the training time before this run was resumed. `save` is called on every rank with the folder and whether to write.
    """

    def __init__(self, workspace: Path, config: FitConfig, save: Callable[[Path, bool], None]) -> None:
        self.folder = workspace / BEST_NAME
        self.config = config
        self.save = save
        self.curves: Curves = {}
        self.best: dict[str, float] = {}
        self.elapsed_s = 0.0
        self._resumed_at = time.monotonic()
        self._accumulated_loss = 0.0  # sum over the micro-batches of the current step

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the timer."""
        self._resumed_at = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Records the training loss, and stops the run if its time limit has passed."""
        self._accumulated_loss += outputs["loss"].item()  # Lightning divides each loss by the number of micro-batches
        if not whole_step(trainer, batch_idx):
            return
        step, loss, self._accumulated_loss = trainer.global_step, self._accumulated_loss, 0.0
        if step % self.config.log_every == 0:
            self._record(step, {"train/loss": _mean_over_ranks(trainer, loss)})
        if self.config.max_minutes is not None:
            over_limit = self._elapsed() > 60 * self.config.max_minutes
            if trainer.strategy.reduce_boolean_decision(over_limit, all=False):
                trainer.should_stop = True

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Records the validation metrics, and saves the weights if they are the best (or `keep` is "last")."""
        figures = {k: v.item() for k, v in trainer.callback_metrics.items() if k.startswith("val/")}
        if self.validated_at == trainer.global_step:
            return
        self._record(trainer.global_step, figures)
        if self.config.keep == "last" or not self.best or figures["val/loss"] < self.best["val/loss"]:
            self.best = {**figures, "step": float(trainer.global_step)}
            self.save(self.folder, trainer.is_global_zero)

    @property
    def validated_at(self) -> int:
        """Step of the last validation; -1 before the first."""
        curve = self.curves.get("val/loss")
        return curve[-1][0] if curve else -1

    def state_dict(self) -> dict[str, Any]:
        """State that is saved with a resume checkpoint."""
        return {"curves": self.curves, "best": self.best, "elapsed_s": self._elapsed()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restores the state of an interrupted run."""
        self.curves, self.best = state_dict["curves"], state_dict["best"]
        self.elapsed_s = state_dict["elapsed_s"]

    def _elapsed(self) -> float:
        return self.elapsed_s + time.monotonic() - self._resumed_at

    def _record(self, step: int, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            self.curves.setdefault(name, []).append((step, value))


class ProgressDisplay(Callback):
    """Reports each step and its losses to a display."""

    def __init__(self, label: str, total: int, display: Display) -> None:
        self.label, self.total, self.display = label, total, display

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the display at the current step."""
        if trainer.is_global_zero:
            self.display.start(self.label, trainer.global_step, self.total)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Updates step and losses on the display."""
        if trainer.is_global_zero and whole_step(trainer, batch_idx):
            self.display.show(trainer.global_step, _losses(trainer))

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Stops the display, also after a failure."""
        if trainer.is_global_zero:
            self.display.stop()


def whole_step(trainer: Trainer, batch_idx: int) -> bool:
    """Whether the batch was the last micro-batch of its optimiser step."""
    return (batch_idx + 1) % trainer.accumulate_grad_batches == 0


def _mean_over_ranks(trainer: Trainer, value: float) -> float:
    if trainer.world_size == 1:
        return value
    return float(trainer.strategy.reduce(torch.tensor(value, device=trainer.strategy.root_device), reduce_op="mean"))


def _losses(trainer: Trainer) -> str:
    names = {"train/loss": "loss", "val/loss": "validation"}
    metrics = trainer.callback_metrics
    return ", ".join(f"{label} {metrics[name].item():.3f}" for name, label in names.items() if name in metrics)


def resumable(workspace: Path, fingerprint: str) -> Path | None:
    """Path of the resume checkpoint in a workspace, if it belongs to the same job.

    Args:
        workspace: workspace of an earlier run.
        fingerprint: fingerprint of the job.

    Returns:
        Path of the checkpoint, or None to start from step 0.
    """
    path = workspace / RESUME_NAME
    if not path.is_file():
        return None
    saved = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return path if saved.get(FINGERPRINT_KEY) == fingerprint else None
