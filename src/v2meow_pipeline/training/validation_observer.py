"""Callback that reports each validation loss to an observer, which may raise to stop the training."""

from collections.abc import Callable

from lightning.pytorch import Callback, LightningModule, Trainer

from v2meow_pipeline.training.callbacks import TrainingHistory


class ValidationObserver(Callback):
    """Lightning callback that reports each validation loss to an observer, which may raise to stop the training.

    Each loss is reported once, in order; a resumed run reports the losses of the interrupted run again. A run that the
    observer stops writes no checkpoint, so it cannot be mistaken for a finished one.
    """

    def __init__(self, on_loss: Callable[[int, float], None]) -> None:
        self.on_loss = on_loss
        self._last_reported = -1

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Reports the losses that have not been reported yet."""
        (history,) = [callback for callback in trainer.callbacks if isinstance(callback, TrainingHistory)]  # type: ignore[attr-defined]
        for step, loss in history.curves.get("val/loss", []):
            if step > self._last_reported:
                self._last_reported = step
                self.on_loss(step, loss)
