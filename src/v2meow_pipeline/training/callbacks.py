"""What happens around the steps: a point to resume from, curves and the best weights, progress."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.training.config import FitConfig
from v2meow_pipeline.training.display import Display

RESUME_NAME = "last.ckpt"
BEST_NAME = "best"
FINGERPRINT_KEY = "v2meow_fingerprint"

Curves = dict[str, list[tuple[int, float]]]


class ResumePoint(Callback):
    """Saves all that a killed run needs to go on exactly, every so many steps, atomically.

    A step that is followed by a validation is not a good moment, since a resumed run would skip the validation: then
    the step after it is taken. Every rank takes part, the first one writes; then `saved` is called on each.
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
        """Saves where it is time."""
        if not whole_step(trainer, batch_idx) or not self.due(trainer.global_step):
            return
        if trainer.is_global_zero:
            with atomic_path(self.path) as temporary:
                trainer.save_checkpoint(temporary)
        else:
            trainer.save_checkpoint(self.path)
        self.saved()

    def due(self, step: int) -> bool:
        """Whether the state after `step` steps is saved."""
        moment = step % self.every == 0
        put_off = step > 1 and (step - 1) % self.every == 0 and (step - 1) % self.val_every == 0
        return step % self.val_every != 0 and (moment or put_off)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Marks the checkpoint with what it was made for."""
        checkpoint[FINGERPRINT_KEY] = self.fingerprint


class TrainingHistory(Callback):
    """Keeps curves, the best weights (or the last) and the time spent; ends a run whose time is up.

    `curves` holds (step, value) pairs by figure, `best` the figures of the kept weights, `elapsed_s` the training time
    before this run was resumed. `save` is called on every rank, with whether it is to write.
    """

    def __init__(self, workspace: Path, config: FitConfig, save: Callable[[Path, bool], None]) -> None:
        self.folder = workspace / BEST_NAME
        self.config = config
        self.save = save
        self.curves: Curves = {}
        self.best: dict[str, float] = {}
        self.elapsed_s = 0.0
        self._resumed_at = time.monotonic()
        self._parts = 0.0  # the losses of a step's parts so far

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the watch."""
        self._resumed_at = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Notes the training loss, and looks at the watch."""
        self._parts += outputs["loss"].item()  # Lightning has divided each by their number
        if not whole_step(trainer, batch_idx):
            return
        step, loss, self._parts = trainer.global_step, self._parts, 0.0
        if step % self.config.log_every == 0:
            self._note(step, {"train/loss": _mean_over_ranks(trainer, loss)})
        if self.config.max_minutes is not None:
            late = self._elapsed() > 60 * self.config.max_minutes
            if trainer.strategy.reduce_boolean_decision(late, all=False):
                trainer.should_stop = True

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Notes the validation's figures, and saves the weights if they are to be kept."""
        figures = {k: v.item() for k, v in trainer.callback_metrics.items() if k.startswith("val/")}
        if self.validated_at == trainer.global_step:
            return
        self._note(trainer.global_step, figures)
        if self.config.keep == "last" or not self.best or figures["val/loss"] < self.best["val/loss"]:
            self.best = {**figures, "step": float(trainer.global_step)}
            self.save(self.folder, trainer.is_global_zero)

    @property
    def validated_at(self) -> int:
        """The step of the last validation; -1 before the first."""
        curve = self.curves.get("val/loss")
        return curve[-1][0] if curve else -1

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs."""
        return {"curves": self.curves, "best": self.best, "elapsed_s": self._elapsed()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over from a killed run."""
        self.curves, self.best = state_dict["curves"], state_dict["best"]
        self.elapsed_s = state_dict["elapsed_s"]

    def _elapsed(self) -> float:
        return self.elapsed_s + time.monotonic() - self._resumed_at

    def _note(self, step: int, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            self.curves.setdefault(name, []).append((step, value))


class ProgressDisplay(Callback):
    """Tells a display of every step, with the losses."""

    def __init__(self, label: str, total: int, display: Display) -> None:
        self.label, self.total, self.display = label, total, display

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Says where the training begins."""
        if trainer.is_global_zero:
            self.display.start(self.label, trainer.global_step, self.total)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Says where it is."""
        if trainer.is_global_zero and whole_step(trainer, batch_idx):
            self.display.show(trainer.global_step, _losses(trainer))

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Says that it is over, also after a failure."""
        if trainer.is_global_zero:
            self.display.stop()


def whole_step(trainer: Trainer, batch_idx: int) -> bool:
    """Whether the batch was the last part of its step."""
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
    """The checkpoint to go on from: the one in `workspace`, if it was made for the same job.

    Args:
        workspace: of an earlier run.
        fingerprint: of the job.

    Returns:
        Its path, or None to start afresh.
    """
    path = workspace / RESUME_NAME
    if not path.is_file():
        return None
    saved = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    return path if saved.get(FINGERPRINT_KEY) == fingerprint else None
