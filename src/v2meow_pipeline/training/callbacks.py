"""What happens around the steps: a point to resume from, curves and the best weights, progress."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from v2meow_pipeline.checkpoint import atomic_path
from v2meow_pipeline.progress import LOG_EVERY_S, console
from v2meow_pipeline.training.config import FitConfig

RESUME_NAME = "last.ckpt"
BEST_NAME = "best"
FINGERPRINT_KEY = "v2meow_fingerprint"

Curves = dict[str, list[tuple[int, float]]]


class ResumePoint(Callback):
    """Saves all that a killed run needs to go on exactly, every so many steps, atomically.

    A step that is followed by a validation is not a good moment, since a resumed run would skip the validation: then
    the step after it is taken.
    """

    def __init__(self, workspace: Path, fingerprint: str, config: FitConfig) -> None:
        self.path = workspace / RESUME_NAME
        self.fingerprint = fingerprint
        self.every = config.checkpoint_every
        self.val_every = config.val_every

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Saves where it is time."""
        if not self.due(trainer.global_step):
            return
        with atomic_path(self.path) as temporary:
            trainer.save_checkpoint(temporary)
            if not trainer.is_global_zero:
                temporary.touch()

    def due(self, step: int) -> bool:
        """Whether the state after `step` steps is saved."""
        moment = step % self.every == 0
        put_off = step > 1 and (step - 1) % self.every == 0 and (step - 1) % self.val_every == 0
        return step % self.val_every != 0 and (moment or put_off)

    def on_save_checkpoint(self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]) -> None:
        """Marks the checkpoint with what it was made for."""
        checkpoint[FINGERPRINT_KEY] = self.fingerprint


class Record(Callback):
    """Keeps curves, the best weights and the time spent; ends a run whose time is up.

    `curves` holds (step, value) pairs by figure, `best` the figures of the best validation, `elapsed_s` the training
    time before this run was resumed.
    """

    def __init__(self, workspace: Path, config: FitConfig, save: Callable[[Path], None]) -> None:
        self.folder = workspace / BEST_NAME
        self.config = config
        self.save = save
        self.curves: Curves = {}
        self.best: dict[str, float] = {}
        self.elapsed_s = 0.0
        self._resumed_at = time.monotonic()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the watch."""
        self._resumed_at = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Notes the training loss, and looks at the watch."""
        step = trainer.global_step
        if step % self.config.log_every == 0:
            self._note(step, {"train/loss": outputs["loss"].item()})
        if self.config.max_minutes is not None:
            late = self._elapsed() > 60 * self.config.max_minutes
            if trainer.strategy.reduce_boolean_decision(late, all=False):
                trainer.should_stop = True

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Notes the validation's figures, and saves the weights if they are the best so far."""
        figures = {k: v.item() for k, v in trainer.callback_metrics.items() if k.startswith("val/")}
        if self.validated_at == trainer.global_step:
            return
        self._note(trainer.global_step, figures)
        if not self.best or figures["val/loss"] < self.best["val/loss"]:
            self.best = {**figures, "step": float(trainer.global_step)}
            if trainer.is_global_zero:
                self.save(self.folder)

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
    """A bar on a terminal, a line now and then in a log; both with the losses."""

    def __init__(self, description: str, total: int) -> None:
        self.description = description
        self.total = total
        self._bar: Progress | None = None
        self._shown = self._started = time.monotonic()

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Opens the bar."""
        self._shown = self._started = time.monotonic()
        if not trainer.is_global_zero or not sys.stderr.isatty():
            return
        self._bar = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}"),
            console=console(),
        )
        self._task = self._bar.add_task(self.description, total=self.total, completed=trainer.global_step, losses="")
        self._bar.start()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Moves the bar, or prints a line when it is time for one."""
        if not trainer.is_global_zero:
            return
        step, now = trainer.global_step, time.monotonic()
        if self._bar is not None:
            self._bar.update(self._task, completed=step, losses=_losses(trainer))
        elif now - self._shown >= LOG_EVERY_S or step == self.total:
            self._shown = now
            spent = f"{now - self._started:.0f} s"
            print(f"{self.description}: step {step}/{self.total} in {spent}, {_losses(trainer)}", file=sys.stderr)

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Closes the bar, also after a failure."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


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
    saved = torch.load(path, map_location="cpu", weights_only=True)
    return path if saved.get(FINGERPRINT_KEY) == fingerprint else None
